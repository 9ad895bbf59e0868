"""The paths of reports."""

from django.urls import path

from monolith.reports import api

urlpatterns = [path("reports/sales", api.Sales.as_view())]
