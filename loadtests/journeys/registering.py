"""How somebody becomes a customer."""

from __future__ import annotations

import uuid

from loadtests.calls import Caller
from loadtests.credentials import Credentials
from loadtests.ledger import Kind
from loadtests.sessions import Session

CUSTOMERS = "/api/v1/customers"


def register(call: Caller, *, name: str) -> str | None:
    """Register somebody new and sign in; returns the customer's id."""
    who = Credentials(email=f"{uuid.uuid4().hex}@example.org", password=uuid.uuid4().hex)
    answer = call.write(
        "POST",
        CUSTOMERS,
        name="register",
        kind=Kind.CUSTOMER_CREATE,
        body={"email": who.email, "name": name, "password": who.password},
        mark=who.email,
    )
    if not answer.ok:
        return None
    call.sign_in(Session(who))
    return str(answer.body["id"])
