"""The domains that a purchase needs, each by its only door."""

from monolith.inventory.seam import INVENTORY
from monolith.orders.steps import Others
from monolith.payments.seam import PAYMENTS

OTHERS = Others(inventory=INVENTORY, payments=PAYMENTS)
