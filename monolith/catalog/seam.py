"""The only door into catalog for the monolith's other apps; there is no other side yet."""

from extracted.contracts.catalog import Catalog
from monolith.catalog.local import LocalCatalog

CATALOG: Catalog = LocalCatalog()
