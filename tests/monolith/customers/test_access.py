"""Who may do what, with the switch on; and that nothing is asked with the switch off."""

import runpy
import time
import uuid

import jwt
import pytest
from django.urls import get_resolver

from extracted.contracts.identity import ISSUER
from monolith.config.settings import base
from monolith.customers import keys, models, tokens
from monolith.web import authentication
from monolith.web.view import View
from tests.monolith.customers.conftest import kind_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def switched_on(settings):
    settings.AUTH_REQUIRED = True


@pytest.fixture
def someone(register):
    """Register somebody with roles; returns the customer and the header that says so."""

    def someone(*roles, email=None):
        customer = register(email or f"{uuid.uuid4().hex}@example.com").json()
        models.Customer.objects.filter(pk=customer["id"]).update(roles=list(roles))
        row = models.Customer.objects.get(pk=customer["id"])
        return customer, {"Authorization": f"Bearer {tokens.access_token(row)}"}

    return someone


def get(api, path, headers=None):
    return api._client.get(f"/api/v1{path}", headers=headers or {})


def challenge_of(response):
    return response.status_code, kind_of(response), response["WWW-Authenticate"]


def test_a_customer_sees_only_what_is_theirs(switched_on, api, someone):
    ada, as_ada = someone()
    _, as_eve = someone()
    _, as_clerk = someone("staff")
    for path in (f"/customers/{ada['id']}", f"/customers/{ada['id']}/addresses"):
        assert get(api, path).status_code == 401
        assert get(api, path, as_ada).status_code == 200
        assert get(api, path, as_clerk).status_code == 200
        stranger = get(api, path, as_eve)
        nobody = get(api, path.replace(ada["id"], str(uuid.uuid4())), as_eve)
        assert (stranger.status_code, stranger.json()) == (404, nobody.json())
    assert kind_of(get(api, "/customers", as_ada)) == "forbidden"
    assert get(api, "/customers", as_clerk).status_code == 200


def test_a_customer_registers_with_a_password(switched_on, api):
    answer = api.post("/customers", {"email": "x@example.com", "name": "X"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "password"


def forged(**changes):
    """A token that differs from a good one in one thing."""
    signer = keys.signer()
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": "shop",
        "sub": str(uuid.uuid4()),
        "roles": ["customer", "staff"],
        "iat": now,
        "exp": now + 60,
    }
    head = {"kid": signer.kid, "typ": "at+jwt"} | changes.pop("head", {})
    key, algorithm = changes.pop("key", signer.key), changes.pop("algorithm", "RS256")
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode(claims, key, algorithm=algorithm, headers=head)


FORGERIES = {
    "expired": {"exp": 1},
    "not yet issued": {"iat": 99999999999},
    "eternal": {"exp": None},
    "of another issuer": {"iss": "elsewhere"},
    "for another audience": {"aud": "elsewhere"},
    "nobody's": {"sub": None},
    "somebody's who cannot be": {"sub": "root"},
    "of unknown roles": {"roles": ["emperor"]},
    "without roles": {"roles": None},
    "of another kind": {"head": {"typ": "JWT"}},
    "by an unknown key": {"head": {"kid": "x"}},
    "unsigned": {"key": "", "algorithm": "none"},
    "signed with a password": {"key": "x" * 32, "algorithm": "HS256"},
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_bad_token_is_refused(switched_on, api, forgery):
    headers = {"Authorization": f"Bearer {forged(**FORGERIES[forgery])}"}
    found = challenge_of(get(api, "/customers", headers))
    assert found == (401, "invalid-token", 'Bearer error="invalid_token"')


def test_a_good_token_would_pass(switched_on, api):
    assert get(api, "/customers", {"Authorization": f"bearer {forged()}"}).status_code == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Basic YTpi", "Token x"])
def test_what_is_no_token_is_none(switched_on, api, header):
    assert kind_of(get(api, "/customers", {"Authorization": header})) == "unauthenticated"


def test_a_broken_token_is_refused(switched_on, api):
    for token in ("x", "a.b.c", "..", "é", "a" * 4000):
        answer = get(api, "/customers", {"Authorization": f"Bearer {token}"})
        assert kind_of(answer) == "invalid-token"


def test_a_method_that_is_none_is_named_before_anybody_is_asked(switched_on, api):
    assert api.write("PUT", "/customers", {}).status_code == 405


def test_asking_who_costs_no_query(switched_on, api, someone, django_assert_num_queries):
    _, as_clerk = someone("staff")
    get(api, "/customers", as_clerk)
    with django_assert_num_queries(1):
        get(api, "/customers", as_clerk)


def test_a_new_key_is_noticed_and_unknown_ones_cost_one_look(monkeypatch):
    now, looks = [0.0], []
    found = {"a": object()}

    def load():
        looks.append(now[0])
        return dict(found)

    ring = authentication.KeyRing(load, clock=lambda: now[0])
    assert ring("a") is found["a"]
    assert [ring("b") for _ in range(50)] == [None] * 50
    assert len(looks) == 1
    found["b"] = object()
    now[0] = 1.5
    assert ring("b") is found["b"]
    now[0] = 30.0
    ring("a")
    assert looks == [0.0, 1.5]
    now[0] = 90.0
    ring("a")
    assert looks == [0.0, 1.5, 90.0]


def views():
    for pattern in get_resolver().url_patterns:
        for entry in getattr(pattern, "url_patterns", []):
            view = getattr(entry.callback, "view_class", None)
            if view is not None:
                yield f"/{pattern.pattern}{entry.pattern}", view


# What a stranger may do; everything else is asked for a token, also what is added tomorrow.
OPEN = {
    ("POST", "/api/v1/customers"),
    ("POST", "/api/v1/sessions"),
    ("POST", "/api/v1/sessions/refresh"),
    ("POST", "/api/v1/sessions/revoke"),
}


def test_no_other_door_is_open():
    found = {
        (method, path)
        for path, view in views()
        for method, roles in view.access.items()
        if not roles
    }
    assert found == OPEN
    assert all(issubclass(view, View) for _, view in views())


def test_who_forgets_the_switch_asks_everybody(monkeypatch):
    monkeypatch.delenv("AUTH_REQUIRED", raising=False)
    assert runpy.run_path(base.__file__)["AUTH_REQUIRED"] is True


def test_with_the_switch_off_nobody_is_asked(api, settings):
    assert settings.AUTH_REQUIRED is False
    customer = api.post("/customers", {"email": "old@example.com", "name": "Old"}).json()
    assert get(api, "/customers", {"Authorization": "Bearer x"}).status_code == 200
    assert get(api, f"/customers/{customer['id']}").status_code == 200
