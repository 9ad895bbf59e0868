"""The paths of orders."""

from django.urls import path

from monolith.orders import api

urlpatterns = [
    path("orders", api.Orders.as_view()),
    path("orders/<str:order_id>", api.Order.as_view()),
]
