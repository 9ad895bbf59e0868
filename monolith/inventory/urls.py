"""The paths of inventory."""

from django.urls import path

from monolith.inventory import api

# Not below /products: the gateway sends those to whoever owns catalog.
urlpatterns = [
    path("warehouses", api.Warehouses.as_view()),
    path("stock/<str:product_id>", api.Stock.as_view()),
    path("stock/<str:product_id>/adjustments", api.Adjustments.as_view()),
]
