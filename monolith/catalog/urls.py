"""The paths of catalog."""

from django.urls import path

from monolith.catalog import api

urlpatterns = [
    path("products", api.Products.as_view()),
    path("products/<str:product_id>", api.Product.as_view()),
    path("categories", api.Categories.as_view()),
]
