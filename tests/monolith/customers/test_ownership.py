"""Every operation of ours in the published description, asked by nobody, by the wrong role, by a stranger.

The lists are made from the document, so that an endpoint that is added tomorrow is asked as well.
"""

import json
import uuid

import pytest

from monolith.customers import models, tokens
from monolith.web import openapi

PATHS = {
    path: methods
    for path, methods in json.loads(openapi.GOLDEN.read_text())["paths"].items()
    if not path.startswith(openapi.OF_THE_SERVICES)
}
OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, methods in PATHS.items()
    for method, operation in methods.items()
}
# What anyone may do; said here once more, so that the code and its description cannot slip together.
PUBLIC = {"register_customer", "sign_in", "refresh_session", "sign_out"}
BY_ROLE = {
    name for name, (_, _, operation) in OPERATIONS.items() if "403" in operation["responses"]
}
OWNED = OPERATIONS.keys() - PUBLIC - BY_ROLE
# operation: the body it needs, where it needs one.
BODIES = {
    "add_address": {
        "recipient": "Eve",
        "street": "1 Side Street",
        "postal_code": "12345",
        "city": "Elsewhere",
        "country": "DE",
    },
}


def ask(api, name, ids, *, headers=None, body=None):
    method, path, _ = OPERATIONS[name]
    place = path.removeprefix("/api/v1").format(**ids)
    return api.write(method, place, body or BODIES.get(name), headers=headers or {})


def unknown():
    return {name: str(uuid.uuid4()) for name in ("customer_id", "address_id")}


@pytest.fixture
def as_someone(register):
    def as_someone(*roles):
        row = models.Customer.objects.get(pk=register(f"{uuid.uuid4().hex}@x.example").json()["id"])
        row.roles = list(roles)
        row.save(update_fields=["roles"])
        return row.id, {"Authorization": f"Bearer {tokens.access_token(row)}"}

    return as_someone


@pytest.fixture
def switched_on(settings):
    settings.AUTH_REQUIRED = True


def test_the_description_says_of_every_operation_whether_it_is_public():
    secured = {name for name, (_, _, found) in OPERATIONS.items() if found.get("security")}
    assert OPERATIONS.keys() - secured == PUBLIC
    assert all(OPERATIONS[name][2]["security"] == [{"bearer": []}] for name in secured)
    assert all("401" in OPERATIONS[name][2]["responses"] for name in secured)


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_without_a_token_only_what_is_public_is_answered(switched_on, api, name):
    answer = ask(api, name, unknown())
    kind = answer.json().get("type")
    if name in PUBLIC:
        assert kind not in {"urn:problem:unauthenticated", "urn:problem:forbidden"}
    else:
        assert (answer.status_code, kind) == (401, "urn:problem:unauthenticated")
        assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(BY_ROLE))
def test_what_needs_a_role_is_refused_to_who_only_buys(switched_on, api, as_someone, name):
    _, as_eve = as_someone()
    answer = ask(api, name, unknown(), headers=as_eve)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:problem:forbidden")


@pytest.mark.parametrize("name", sorted(OWNED))
def test_what_is_owned_by_a_customer_has_an_owner_in_its_path(name):
    assert "{customer_id}" in OPERATIONS[name][1]


@pytest.fixture
def belongings(committed, api, as_someone, settings):
    """One of each thing a customer can have, made by the API as Ada would."""
    settings.AUTH_REQUIRED = True
    ada, as_ada = as_someone()
    ids = {"customer_id": str(ada)}
    address = ask(api, "add_address", ids, headers=as_ada)
    assert address.status_code == 201, address.content
    assert sign_in(api, ada).status_code == 201
    return {**ids, "address_id": address.json()["id"]}, as_ada


def sign_in(api, customer_id):
    email = models.Customer.objects.get(pk=customer_id).email
    return api.post("/sessions", {"email": email, "password": "a long walk by the sea"})


def seen(api, ids, headers):
    """Everything that is Ada's, as Ada sees it, and how many of her sessions go on."""
    names = sorted(name for name in OWNED if OPERATIONS[name][0] == "GET")
    shown = {name: ask(api, name, ids, headers=headers) for name in names}
    assert {name: answer.status_code for name, answer in shown.items()} == dict.fromkeys(names, 200)
    sessions = models.Session.objects.filter(customer_id=ids["customer_id"], ended_at=None)
    return {name: answer.json() for name, answer in shown.items()} | {"sessions": sessions.count()}


@pytest.mark.parametrize("name", sorted(OWNED))
def test_a_stranger_neither_sees_nor_changes_what_is_somebodys(api, as_someone, belongings, name):
    ids, as_ada = belongings
    _, as_eve = as_someone()
    before = seen(api, ids, as_ada)
    assert before["sessions"] == 1
    answer = ask(api, name, ids, headers=as_eve)
    # Not even that it exists: the same bytes as for an id that nobody has.
    nobodys = ask(api, name, unknown(), headers=as_eve)
    assert (answer.status_code, answer.content) == (404, nobodys.content)
    assert seen(api, ids, as_ada) == before


@pytest.mark.parametrize("name", sorted(OWNED))
def test_the_owner_may(api, belongings, name):
    """The same request with the owner's token; else a refusal of everybody would look like order."""
    ids, as_ada = belongings
    answer = ask(api, name, ids, headers=as_ada)
    assert answer.status_code < 300, answer.content


def test_somebody_elses_address_is_not_found_below_ones_own_path(api, as_someone, belongings):
    ids, as_ada = belongings
    eve, as_eve = as_someone()
    answer = ask(api, "remove_address", {**ids, "customer_id": str(eve)}, headers=as_eve)
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:problem:address-not-found")
    assert len(ask(api, "list_addresses", ids, headers=as_ada).json()["items"]) == 1
