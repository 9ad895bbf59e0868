"""The comparison of inventory's reads with the service's."""

from extracted.contracts.inventory import DOMAIN
from monolith.inventory.forward import PEERS
from monolith.inventory.seam import WHERE
from monolith.seams.shadow import Shadow

SHADOW = Shadow(DOMAIN, peers=PEERS, where=WHERE)
