"""The paths of orders."""

from django.urls import path

from monolith.orders import api, carts_api, checkout_api, related_api, reports_api, transitions_api

urlpatterns = [
    path("carts/<str:customer_id>", carts_api.Cart.as_view()),
    path("carts/<str:customer_id>/lines/<str:product_id>", carts_api.CartLine.as_view()),
    path("carts/<str:customer_id>/checkout", checkout_api.CartCheckout.as_view()),
    path("checkouts/<str:checkout_id>", checkout_api.Checkout.as_view()),
    path("orders", api.Orders.as_view()),
    path("orders/<str:order_id>", api.Order.as_view()),
    path("orders/<str:order_id>/cancel", transitions_api.Cancel.as_view()),
    path("orders/<str:order_id>/refund", checkout_api.Refund.as_view()),
    path("orders/<str:order_id>/payments", related_api.OrderPayments.as_view()),
    path("orders/<str:order_id>/mails", related_api.OrderMails.as_view()),
    path("orders/<str:order_id>/ship", transitions_api.Ship.as_view()),
    path("orders/<str:order_id>/deliver", transitions_api.Deliver.as_view()),
    path("reports/sales", reports_api.Sales.as_view()),
]
