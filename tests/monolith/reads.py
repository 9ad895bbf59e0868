"""Every read of ours: what it needs to be asked, and how many questions it may cost."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.monolith import factories as make

API = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """`fill` writes as many rows as it is told, and returns the path that shows them all."""

    fill: Callable[[int], str]
    queries: int
    # A detail shows one thing, however many rows there are elsewhere.
    lists: str = ""


def _customers(count: int) -> str:
    make.CustomerFactory.create_batch(count)
    return "/customers"


def _customer(_: int) -> str:
    return f"/customers/{make.CustomerFactory().id}"


def _addresses(count: int) -> str:
    customer = make.CustomerFactory()
    make.AddressFactory.create_batch(count, customer=customer)
    return f"/customers/{customer.id}/addresses"


READS = {
    f"{API}/customers": Read(fill=_customers, queries=1, lists="items"),
    f"{API}/customers/{{customer_id}}": Read(fill=_customer, queries=1),
    f"{API}/customers/{{customer_id}}/addresses": Read(fill=_addresses, queries=1, lists="items"),
}
# What it costs to name who bought is in test_reports.
OF_THE_SERVICES = {f"{API}/reports/sales"}

# Where the same path costs more, because the answer is not in the first question.
DEARER = {
    "a customer without an address": Read(
        fill=lambda _: f"/customers/{make.CustomerFactory().id}/addresses", queries=2
    ),
}
