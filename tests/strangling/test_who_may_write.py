"""Who may write, asked at each door and stage: the sides answer alike, byte for byte."""

import time
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from extracted.contracts.identity import ALGORITHM, AUDIENCE, ISSUER, TOKEN_TYPE
from tests.strangling.conftest import OWNER, new_product
from tests.strangling.test_sides import BAD_WRITES, PRODUCTS

DOORS = ("gateway", "monolith", "catalog")
NEWEST = {"sort": "newest", "limit": 1}
ROLES = ["customer", "merchant", "staff"]
FOREIGN = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
SHOWN = ("Content-Type", "WWW-Authenticate", "Allow", "Location", "Idempotency-Replayed")


def forged(token, **changes):
    """A token like a good one, with its key id, but signed by somebody else."""
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": str(uuid4()), "roles": ROLES}
    claims |= {"iat": now, "exp": now + 600} | changes
    head = {"kid": jwt.get_unverified_header(token)["kid"], "typ": TOKEN_TYPE}
    return jwt.encode(claims, FOREIGN, algorithm=ALGORITHM, headers=head)


def unknown_key(token):
    head = {"kid": uuid4().hex, "typ": TOKEN_TYPE}
    return jwt.encode(jwt.decode(token, options=_UNVERIFIED), FOREIGN, ALGORITHM, headers=head)


_UNVERIFIED = {"verify_signature": False, "verify_aud": False}
# name: the header, made of tokens that there are; status, kind, challenge.
CALLERS = {
    "nobody": (lambda _: None, 401, "unauthenticated", "Bearer"),
    "another scheme": (lambda _: "Basic YTpi", 401, "unauthenticated", "Bearer"),
    "nonsense": (lambda _: "Bearer x", 401, "invalid-token", 'Bearer error="invalid_token"'),
    "a customer": (lambda known: f"Bearer {known['customer']}", 403, "forbidden", None),
    "who was a merchant": (
        lambda known: f"Bearer {known['expired']}",
        401,
        "invalid-token",
        'Bearer error="invalid_token"',
    ),
    "a forger": (
        lambda known: f"Bearer {forged(known['merchant'])}",
        401,
        "invalid-token",
        'Bearer error="invalid_token"',
    ),
    "a stranger's key": (
        lambda known: f"Bearer {unknown_key(known['merchant'])}",
        401,
        "invalid-token",
        'Bearer error="invalid_token"',
    ),
    "a forged role": (
        lambda known: f"Bearer {_with_roles(known['customer'])}",
        401,
        "invalid-token",
        'Bearer error="invalid_token"',
    ),
}


def _with_roles(token):
    """A customer's token whose claims were changed after it was signed."""
    head, _, signature = token.split(".")
    claims = jwt.decode(token, options=_UNVERIFIED) | {"roles": ROLES}
    body = jwt.encode(claims, FOREIGN, ALGORITHM).split(".")[1]
    return f"{head}.{body}.{signature}"


@pytest.fixture(scope="session")
def expired(system):
    """A merchant's own token, signed by the shop itself, whose time is over."""
    return system.run("monolith.manage", "shell", "-v", "0", "-c", _EXPIRED).strip()


_EXPIRED = """
from datetime import timedelta
from monolith.customers import keys, models, tokens
keys.ACCESS_LIFETIME = timedelta(minutes=-1)
print(tokens.access_token(models.Customer.objects.get(email="merchant@shop.example")))
"""


@pytest.fixture
def header_of(merchant, customer, expired):
    tokens = {"merchant": merchant.token, "customer": customer[1].token, "expired": expired}
    return lambda name: CALLERS[name][0](tokens)


def bearing(header):
    """A new key, and the header of who asks, if any."""
    said = {} if header is None else {"Authorization": header}
    return {"Idempotency-Key": str(uuid4()), **said}


def shown(response):
    told = {name: response.headers.get(name) for name in SHOWN}
    return response.status_code, response.content, told


@pytest.fixture
def owner(stage, open_door):
    """Replicas lag; who owns the writes shows at once what came of one."""
    return open_door(OWNER[stage])


@pytest.fixture
def ask_everywhere(owner, open_door, category, header_of):
    """Prepare a write that would succeed, to be asked for at every door by whom it may not be."""

    def prepare(method):
        product = owner.create(category=category)
        path = PRODUCTS if method == "POST" else f"{PRODUCTS}/{product['id']}"
        body = {"POST": new_product(category=category), "PATCH": {"name": "x"}}.get(method)
        given = {} if body is None else {"json": body}
        clients = [open_door(door, None).client for door in DOORS]

        def ask(name):
            return [
                client.request(method, path, headers=bearing(header_of(name)), **given)
                for client in clients
            ]

        return ask

    return prepare


@pytest.mark.parametrize("name", CALLERS)
@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_who_may_not_write_is_told_so_at_every_door(owner, ask_everywhere, name, method):
    _, status, kind, challenge = CALLERS[name]
    ask = ask_everywhere(method)
    before = owner.get(PRODUCTS, **NEWEST).content
    at_the_gateway, *behind_it = answers = ask(name)
    assert {answer.status_code for answer in answers} == {status}
    assert behind_it[0].json()["type"] == f"urn:problem:{kind}"
    assert behind_it[0].headers.get("WWW-Authenticate") == challenge
    assert len({str(shown(answer)) for answer in behind_it}) == 1
    # What is no token of ours does not even come through; whose it is, only the sides can tell.
    if status == 401:
        assert "X-Served-By" not in at_the_gateway.headers
        assert at_the_gateway.json().keys() in ({"message"}, {"exp"})
    else:
        assert shown(at_the_gateway) == shown(behind_it[0])
    assert owner.get(PRODUCTS, **NEWEST).content == before


@pytest.mark.stages("monolith", "cutover")
@pytest.mark.parametrize("name", ["nobody", "a customer", "a forger"])
@pytest.mark.parametrize("fault", BAD_WRITES)
def test_of_several_faults_both_sides_name_the_same(stage, open_door, header_of, name, fault):
    method, path, content, headers, _ = BAD_WRITES[fault]
    answers = [
        open_door(door, None).client.request(
            method, path, content=content, headers={**bearing(header_of(name)), **headers}
        )
        for door in ("monolith", "catalog")
    ]
    assert shown(answers[0]) == shown(answers[1])
    assert answers[0].status_code in {401, 403, 404, 405, 413}


@pytest.mark.stages("shadow", "cutover")
@pytest.mark.parametrize("claim", ["X-Forwarded-Write", "X-User", "X-Roles", "X-Consumer-Username"])
def test_no_side_takes_a_strangers_word_for_who_asks(stage, open_door, category, claim):
    for door in ("monolith", "catalog"):
        said = {claim: "merchant@shop.example", "Authorization": ""}
        answer = open_door(door, None).write(
            "POST", PRODUCTS, new_product(category=category), headers=said
        )
        assert answer.status_code == 401, (door, answer.text)


@pytest.mark.stages("shadow", "cutover")
def test_a_forwarded_write_carries_who_asks(stage, open_door, category, merchant):
    wrong_side = "monolith" if OWNER[stage] == "catalog" else "catalog"
    answer = open_door(wrong_side).write("POST", PRODUCTS, new_product(category=category))
    assert (answer.status_code, answer.headers["X-Served-By"]) == (201, OWNER[stage])


@pytest.mark.parametrize("door", DOORS)
def test_reads_of_the_shelves_ask_nobody(stage, open_door, door):
    for header in (None, "Bearer nonsense"):
        said = {} if header is None else {"Authorization": header}
        path = f"{PRODUCTS}?limit=1"
        assert open_door(door, None).client.get(path, headers=said).status_code == 200
