"""The HTTP face of reports."""

from rest_framework.request import Request
from rest_framework.response import Response

from extracted.contracts.http import parse_query
from extracted.contracts.reports import SalesQuery, SalesReport
from monolith.reports.sales import report_sales
from monolith.web.described import described
from monolith.web.view import View, ok


class Sales(View):
    """What was sold."""

    @described("report_sales", query=SalesQuery, answers=SalesReport)
    def get(self, request: Request) -> Response:
        """Report what was ordered in some days."""
        return ok(report_sales(parse_query(SalesQuery, dict(request.GET.lists()))))
