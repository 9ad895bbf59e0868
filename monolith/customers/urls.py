"""The paths of customers."""

from django.urls import path

from monolith.customers import api

urlpatterns = [
    path("customers", api.Customers.as_view()),
    path("customers/<str:customer_id>", api.Customer.as_view()),
]
