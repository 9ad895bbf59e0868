"""Where a write of inventory goes when it is refused here: nowhere yet. It waits for its owner."""

from monolith.seams.peers import Peers

# Inventory has no other side.
NOBODY = Peers(())
