"""The only door into orders for whoever is not orders: reports."""

from extracted.contracts.orders import Orders
from monolith.orders.local import LocalOrders

ORDERS: Orders = LocalOrders()
