"""The only door into inventory for the monolith's other apps; there is no other side yet."""

from extracted.contracts.inventory import Inventory
from monolith.inventory.local import LocalInventory

INVENTORY: Inventory = LocalInventory()
