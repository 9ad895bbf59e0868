"""Where a write of orders goes when the monolith does not own it: to the orders service."""

from django.conf import settings

from monolith.seams.peers import Peers

PEERS = Peers(settings.ORDERS_URLS)
