"""The published language of customers, who stay in the monolith."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from extracted.contracts.values import Contract, ShortText, Text, Timestamp

# Spelled out and not \s: languages disagree about which characters are spaces.
_PART = r"[^@\x00-\x20\x7f-\xa0]+"
# Without what separates and comments on addresses in a mail's header: one address must not become two,
# nor two spellings one mailbox.
_PLAIN_PART = r"[^@\x00-\x20\x7f-\xa0,;:<>()\[\]\"\\]+"
Email = Annotated[
    str, Field(pattern=rf"^{_PLAIN_PART}@{_PLAIN_PART}\.{_PLAIN_PART}$", max_length=254)
]
# Wider than a new one, so that an address that was made under older rules still signs in.
GivenEmail = Annotated[str, Field(pattern=rf"^{_PART}@{_PART}\.{_PART}$", max_length=254)]


def _without_controls(text: str) -> str:
    # Nobody types them on purpose, and a U+0000 ends a string somewhere on its way.
    if not text.isprintable():
        msg = "must consist of printable characters"
        raise ValueError(msg)
    return text


# An upper bound as well: whoever sends megabytes wants us to spend time hashing them.
Password = Annotated[str, Field(min_length=10, max_length=128), AfterValidator(_without_controls)]
# Wider than a new password, so that one made under older rules still signs in.
GivenPassword = Annotated[Text, Field(min_length=1, max_length=1024)]
RefreshToken = Annotated[Text, Field(min_length=1, max_length=300)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class RegisterCustomer(Contract):
    """Ask for a new customer; one without a password cannot sign in."""

    email: Email
    name: ShortText
    password: Password | None = None


class Customer(Contract):
    """A customer as the HTTP API shows one."""

    id: UUID
    email: str
    name: str
    created_at: Timestamp


class Contact(Contract):
    """Whom to write to: what other domains hear of a customer with the news that concern one."""

    name: str
    email: str


class CustomerPage(Contract):
    """One page of customers, newest first."""

    items: tuple[Customer, ...]
    next_cursor: str | None


class SignIn(Contract):
    """Ask for a session."""

    email: GivenEmail
    password: GivenPassword


class PresentToken(Contract):
    """Hand in a refresh token, to go on with a session or to end it."""

    refresh_token: RefreshToken


class Session(Contract):
    """What a client needs to act as a customer: a short key, and a longer one to get the next."""

    customer_id: UUID
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - RFC 6750's word, no secret
    access_token: str
    expires_in_s: int
    refresh_token: str


class AddAddress(Contract):
    """Ask for a new address."""

    recipient: ShortText
    street: ShortText
    postal_code: Annotated[Text, Field(min_length=1, max_length=20)]
    city: ShortText
    country: Country


class Address(Contract):
    """Where a customer wants things sent."""

    id: UUID
    recipient: str
    street: str
    postal_code: str
    city: str
    country: str
    created_at: Timestamp


class AddressList(Contract):
    """All addresses of a customer, newest first; they are few."""

    items: tuple[Address, ...]
