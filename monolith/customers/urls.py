"""The paths of customers."""

from django.urls import path

from monolith.customers import address_api, api, session_api

urlpatterns = [
    path("customers", api.Customers.as_view()),
    path("customers/<str:customer_id>", api.Customer.as_view()),
    path("customers/<str:customer_id>/addresses", address_api.Addresses.as_view()),
    path("customers/<str:customer_id>/addresses/<str:address_id>", address_api.Address.as_view()),
    path("customers/<str:customer_id>/sessions", session_api.CustomerSessions.as_view()),
    path("sessions", session_api.Sessions.as_view()),
    path("sessions/refresh", session_api.Refresh.as_view()),
    path("sessions/revoke", session_api.Revoke.as_view()),
]
