"""The HTTP face of addresses."""

from http import HTTPStatus
from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from extracted.contracts import customers as language
from extracted.contracts.http import parse_id
from extracted.contracts.identity import SIGNED_IN
from monolith.customers import addresses
from monolith.customers.writes import read_bare_write, read_write, respond
from monolith.web.access import Table
from monolith.web.described import described
from monolith.web.view import View, ok, plain


class Addresses(View):
    """All addresses of a customer."""

    access: ClassVar[Table] = {"GET": SIGNED_IN, "POST": SIGNED_IN}

    @described("list_addresses", answers=language.AddressList, problems=("customer-not-found",))
    def get(self, request: Request, customer_id: str) -> Response:  # noqa: ARG002 - Django's signature
        """List a customer's addresses, newest first."""
        return ok(addresses.list_addresses(parse_id(customer_id, kind="customer")))

    @described(
        "add_address",
        writes=True,
        body=language.AddAddress,
        answers=language.Address,
        status=HTTPStatus.CREATED,
        problems=("customer-not-found", "conflict"),
    )
    def post(self, request: Request, customer_id: str) -> Response:
        """Add an address."""
        attempt, command = read_write(plain(request), language.AddAddress)
        owner = parse_id(customer_id, kind="customer")
        return respond(addresses.add_address(owner, command, attempt=attempt))


class Address(View):
    """One address of a customer."""

    access: ClassVar[Table] = {"DELETE": SIGNED_IN}

    @described(
        "remove_address",
        writes=True,
        answers=None,
        status=HTTPStatus.NO_CONTENT,
        problems=("customer-not-found", "address-not-found"),
    )
    def delete(self, request: Request, customer_id: str, address_id: str) -> Response:
        """Remove an address."""
        attempt = read_bare_write(plain(request))
        owner = parse_id(customer_id, kind="customer")
        key = parse_id(address_id, kind="address")
        return respond(addresses.remove_address(owner, key, attempt=attempt))
