"""Where a write of inventory goes when the monolith does not own it: to the inventory service."""

from django.conf import settings

from monolith.seams.peers import Peers

PEERS = Peers(settings.INVENTORY_URLS)
