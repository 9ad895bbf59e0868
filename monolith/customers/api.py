"""The HTTP face of customers."""

from http import HTTPStatus
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from extracted.contracts import customers as language
from extracted.contracts.customers import RegisterCustomer
from extracted.contracts.http import parse_id, parse_query
from extracted.contracts.identity import SIGNED_IN, STAFF
from extracted.contracts.values import Contract
from monolith.customers import actions, selectors
from monolith.customers.writes import read_write, respond
from monolith.web.access import ANYONE, Table
from monolith.web.described import described
from monolith.web.rate import client_of
from monolith.web.view import View, ok, plain


class CustomerQuery(Contract):
    """What a list of customers is asked for; the cursor is the last id of the page before."""

    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: UUID | None = None


class Customers(View):
    """All customers."""

    access: ClassVar[Table] = {"GET": STAFF, "POST": ANYONE}

    @described("list_customers", query=CustomerQuery, answers=language.CustomerPage)
    def get(self, request: Request) -> Response:
        """List customers, newest first."""
        query = parse_query(CustomerQuery, dict(request.GET.lists()))
        return ok(selectors.list_customers(limit=query.limit, after=query.cursor))

    @described(
        "register_customer",
        writes=True,
        body=RegisterCustomer,
        answers=language.Customer,
        status=HTTPStatus.CREATED,
        headers={"Location": "Where the customer is."},
        problems=("conflict",),
    )
    def post(self, request: Request) -> Response:
        """Register a customer."""
        attempt, command = read_write(plain(request), RegisterCustomer)
        address = client_of(plain(request))
        answer = actions.register_customer(command, attempt=attempt, address=address)
        return respond(answer, headers={"Location": f"/api/v1/customers/{answer.aggregate_id}"})


class Customer(View):
    """One customer."""

    access: ClassVar[Table] = {"GET": SIGNED_IN}

    @described("get_customer", answers=language.Customer, problems=("customer-not-found",))
    def get(self, request: Request, customer_id: str) -> Response:  # noqa: ARG002 - Django's signature
        """Show a customer."""
        return ok(selectors.get_customer(parse_id(customer_id, kind="customer")))
