"""The comparison of the catalog's reads with the service's."""

from extracted.contracts.catalog import DOMAIN
from monolith.catalog.forward import PEERS
from monolith.catalog.seam import WHERE
from monolith.seams.shadow import Shadow

SHADOW = Shadow(DOMAIN, peers=PEERS, where=WHERE)
