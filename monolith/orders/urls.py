"""The paths of orders."""

from django.urls import path

from monolith.orders import api, transitions_api

urlpatterns = [
    path("orders", api.Orders.as_view()),
    path("orders/<str:order_id>", api.Order.as_view()),
    path("orders/<str:order_id>/cancel", transitions_api.Cancel.as_view()),
    path("orders/<str:order_id>/ship", transitions_api.Ship.as_view()),
    path("orders/<str:order_id>/deliver", transitions_api.Deliver.as_view()),
]
