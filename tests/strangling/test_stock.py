"""What a client of the stock may rely on, whoever keeps it: alike, owned, and never oversold."""

from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from uuid import uuid4

import httpx
import pytest

from tests.signing_in import a_new_customer
from tests.strangling.conftest import Shop, answered_by, owners
from tests.strangling.waiting import eventually

pytestmark = pytest.mark.seam("inventory")

OWNER = owners("inventory")
BOTH = ("shadow", "canary-50", "cutover")
READERS = {
    "monolith": {"monolith"},
    "shadow": {"monolith"},
    "canary-50": {"monolith", "inventory"},
    "cutover": {"inventory"},
    "back-at-monolith": {"monolith"},
}
DOORS = ("gateway", "monolith", "inventory")
STOCK, WAREHOUSES = "/api/v1/stock", "/api/v1/warehouses"
ADJUSTMENTS = f"{STOCK}/{{}}/adjustments"
JSON = {"Content-Type": "application/json"}
GOOD = b'{"warehouse": "%s", "change": 1, "reason": "received"}'
# name: content, headers, status; sent as raw bytes to a product that there is.
BAD_WRITES = {
    "malformed JSON": (b"{", JSON, 400),
    "nothing": (b"", JSON, 400),
    "missing fields": (b"{}", JSON, 422),
    "a change of nothing": (GOOD.replace(b"1", b"0"), JSON, 422),
    "half a thing": (GOOD.replace(b"1", b"1.5"), JSON, 422),
    "a huge change": (GOOD.replace(b"1", b"1" + b"0" * 30), JSON, 422),
    "no reason": (GOOD.replace(b"received", b"because"), JSON, 422),
    "an unknown warehouse": (GOOD.replace(b"%s", b"nowhere"), JSON, 422),
    "U+0000": (GOOD.replace(b"%s", b"a\\u0000"), JSON, 422),
    "more than there is": (GOOD.replace(b"1", b"-1"), JSON, 409),
    "1 MiB": (b" " * 2**20, JSON, 413),
    "not JSON": (b"change=1", {"Content-Type": "text/plain"}, 415),
    "no key": (GOOD, {**JSON, "Idempotency-Key": ""}, 400),
    "a bad key": (GOOD, {**JSON, "Idempotency-Key": "1"}, 400),
}
BAD_READS = {
    "an unknown product": (f"{STOCK}/{uuid4()}", 404),
    "an id that is none": (f"{STOCK}/1%20", 404),
    "reasons of an unknown product": (ADJUSTMENTS.format(uuid4()), 404),
    "a limit too high": (f"{ADJUSTMENTS.format(uuid4())}?limit=1000", 422),
    "a cursor that is none": (f"{ADJUSTMENTS.format(uuid4())}?cursor=x", 422),
    "an unknown parameter": (f"{ADJUSTMENTS.format(uuid4())}?color=red", 422),
    "a trailing slash": (f"{WAREHOUSES}/", 404),
}


@pytest.fixture(scope="session")
def warehouse(open_door):
    return str(open_door("monolith").get(WAREHOUSES).json()["items"][0]["slug"])


@pytest.fixture
def product(stage, shop, category):
    return shop.create(category=category)


@pytest.fixture
def owner(stage, open_door):
    """Replicas lag; who owns the writes shows at once what came of one."""
    return open_door(OWNER[stage])


@pytest.fixture
def adjust(shop, warehouse):
    def adjust(product, change, *, door=shop, **options):
        body = {"warehouse": warehouse, "change": change, "reason": "received"}
        return door.write("POST", ADJUSTMENTS.format(product["id"]), body, **options)

    return adjust


@pytest.fixture
def stocked(shop, product, adjust):
    """A new product, so many of it in stock, known to everybody."""

    def stocked(count):
        assert adjust(product, count).status_code == 201
        # A cart asks for the price through catalog's seam.
        shop.sees(product)
        return product

    return stocked


@pytest.fixture
def spoil(product, warehouse):
    """Send a bad adjustment of the product to a door."""

    def spoil(door, name):
        content, headers, _ = BAD_WRITES[name]
        said = {"Idempotency-Key": str(uuid4()), **headers}
        content = content.replace(b"%s", warehouse.encode())
        return door.client.post(ADJUSTMENTS.format(product["id"]), content=content, headers=said)

    return spoil


@pytest.fixture
def outsiders(customer):
    """Who may not look behind the shelves: the headers, and what they are told."""
    return [
        ({}, 401),
        ({"Authorization": "Bearer x"}, 401),
        ({"Authorization": f"Bearer {customer[1].token}"}, 403),
    ]


def level(door, product):
    """On hand and reserved, as a door shows them."""
    (level,) = door.get(f"{STOCK}/{product['id']}").json()["levels"]
    return level["on_hand"], level["reserved"]


def put(door, customer_id, product, quantity):
    path = f"/api/v1/carts/{customer_id}/lines/{product['id']}"
    answer = door.write("PUT", path, {"quantity": quantity})
    assert answer.status_code == 200, answer.text


def check_out(door, customer_id, token="tok_approve", **options):
    path = f"/api/v1/carts/{customer_id}/checkout"
    return door.write("POST", path, {"card_token": token}, **options)


def checked_out(door, customer_id):
    """What comes of it: on a busy machine a purchase is taken on first, and the chores may end it."""
    key, answers = {"Idempotency-Key": str(uuid4())}, []

    def is_over():
        answers.append(check_out(door, customer_id, headers=key))
        return answers[-1].status_code != HTTPStatus.ACCEPTED

    eventually(is_over, what="the end of a purchase", timeout_s=60)
    return answers[-1]


def test_reads_are_answered_by_who_should(stage, system, product, adjust):
    adjust(product, 1)
    assert answered_by(f"{system.gateway}{STOCK}/{product['id']}") == READERS[stage]


def test_what_is_received_is_answered_by_the_owner_and_seen(stage, shop, owner, product, adjust):
    made = adjust(product, 12)
    assert made.status_code == 201, made.text
    assert made.headers["X-Served-By"] == OWNER[stage]
    assert made.json()["on_hand"] == 12
    shown = owner.get(f"{STOCK}/{product['id']}").json()
    assert (shown["available"], [each["on_hand"] for each in shown["levels"]]) == (12, [12])
    for _ in range(5):
        # Several answers in a row: a canary has more than one side.
        eventually(
            lambda: shop.get(f"{STOCK}/{product['id']}").json() == shown, what="the new stock"
        )
    [reason] = owner.get(ADJUSTMENTS.format(product["id"])).json()["items"]
    assert reason == made.json()


def test_whoever_adjusts_sees_it_at_once(stage, system, merchant, product, warehouse):
    path = f"{STOCK}/{product['id']}"
    with httpx.Client(base_url=system.gateway, auth=merchant, timeout=15) as client:
        for count in range(1, 21):
            body = {"warehouse": warehouse, "change": 1, "reason": "received"}
            Shop(client).write("POST", f"{path}/adjustments", body)
            # The client keeps its cookies here, as a browser does.
            seen = client.get(path)
            assert seen.json()["available"] == count
            assert seen.headers["X-Served-By"] == OWNER[stage]
            assert client.get(f"{path}/adjustments").json()["items"][0]["on_hand"] == count


@pytest.mark.stages(*BOTH)
def test_an_adjustment_at_any_door_reaches_the_owner_once(stage, open_door, product, adjust):
    for number, door in enumerate(DOORS, start=1):
        key = {"Idempotency-Key": str(uuid4())}
        made = adjust(product, 3, door=open_door(door), headers=key)
        assert (made.status_code, made.headers["X-Served-By"]) == (201, OWNER[stage]), door
        for other in DOORS:
            again = adjust(product, 3, door=open_door(other), headers=key)
            assert again.json() == made.json()
            assert again.headers["Idempotency-Replayed"] == "true"
        assert level(open_door(OWNER[stage]), product) == (3 * number, 0)
        reused = adjust(product, 4, headers=key)
        assert reused.json()["type"] == "urn:problem:idempotency-key-reused"


@pytest.mark.stages(*BOTH)
def test_a_forwarded_adjustment_is_not_forwarded_again(stage, open_door, product, adjust):
    wrong_side = "monolith" if OWNER[stage] == "inventory" else "inventory"
    said = {"X-Forwarded-Write": "1"}
    answer = adjust(product, 1, door=open_door(wrong_side), headers=said)
    assert (answer.status_code, answer.json()["type"]) == (421, "urn:problem:not-owner")


def test_a_bad_adjustment_is_refused_with_reasons_and_alike(stage, shop, open_door, product, spoil):
    for name, (_, _, status) in BAD_WRITES.items():
        answer = spoil(shop, name)
        assert answer.status_code == status, (name, answer.text)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["type"].startswith("urn:problem:")
        if stage in BOTH:
            sides = [spoil(open_door(side), name) for side in ("monolith", "inventory")]
            assert {(side.status_code, side.content) for side in sides} == {
                (answer.status_code, answer.content)
            }, name
    shown = open_door(OWNER[stage]).get(f"{STOCK}/{product['id']}")
    assert shown.json()["available"] == 0


def test_a_bad_question_is_refused_with_reasons_and_alike(stage, shop, open_door):
    for name, (path, status) in BAD_READS.items():
        answer = shop.client.get(path)
        assert answer.status_code == status, (name, answer.text)
        if stage in BOTH:
            sides = [open_door(side).client.get(path) for side in ("monolith", "inventory")]
            assert {(side.status_code, side.content) for side in sides} == {
                (answer.status_code, answer.content)
            }, name


@pytest.mark.stages(*BOTH)
def test_both_sides_answer_a_read_with_the_same_bytes(stage, shop, open_door, stocked, adjust):
    known = [item["id"] for item in shop.get("/api/v1/products", limit=20).json()["items"]]
    mine = stocked(9)["id"]
    adjust({"id": mine}, -2)
    paths = [WAREHOUSES, ADJUSTMENTS.format(mine), f"{ADJUSTMENTS.format(mine)}?limit=1"]
    paths += [f"{STOCK}/{key}" for key in (*known, mine)]
    m, s = open_door("monolith"), open_door("inventory")
    for path in paths:
        eventually(
            lambda path=path: m.client.get(path).content == s.client.get(path).content,
            what=f"both sides to agree on {path}",
        )


def test_only_merchants_look_behind_the_shelves(stage, open_door, outsiders, product, adjust):
    adjust(product, 1)
    stock, path = f"{STOCK}/{product['id']}", ADJUSTMENTS.format(product["id"])
    for said, status in outsiders:
        behind = []
        for name in DOORS:
            door = open_door(name, None)
            answers = [
                door.client.get(WAREHOUSES, headers=said),
                door.client.get(path, headers=said),
                adjust(product, 1, door=door, headers=said),
            ]
            assert [answer.status_code for answer in answers] == [status] * 3, name
            if name != "gateway":
                # What there is, everybody may know.
                assert door.client.get(stock, headers=said).status_code == 200
                told = [(each.content, each.headers.get("WWW-Authenticate")) for each in answers]
                behind.append(told)
        assert behind[0] == behind[1]
    assert level(open_door(OWNER[stage]), product) == (1, 0)


def test_who_buys_takes_the_goods_from_the_shelves(stage, owner, buyer, customer, stocked):
    product = stocked(5)
    put(buyer, customer[0], product, 2)
    key = {"Idempotency-Key": str(uuid4())}
    bought = check_out(buyer, customer[0], headers=key)
    assert bought.status_code == 201, bought.text
    assert bought.json()["status"] == "paid"
    assert level(owner, product) == (3, 0)
    again = check_out(buyer, customer[0], headers=key)
    assert (again.status_code, again.json()["id"]) == (201, bought.json()["id"])
    assert level(owner, product) == (3, 0)

    refunded = buyer.write("POST", f"/api/v1/orders/{bought.json()['id']}/refund", {})
    assert (refunded.status_code, refunded.json()["status"]) == (200, "refunded")
    assert level(owner, product) == (5, 0)


def test_a_bad_card_gives_the_goods_back(stage, owner, buyer, customer, stocked):
    product = stocked(5)
    put(buyer, customer[0], product, 2)
    refused = check_out(buyer, customer[0], "tok_decline")
    assert (refused.status_code, refused.json()["type"]) == (402, "urn:problem:payment-declined")
    assert level(owner, product) == (5, 0)
    put(buyer, customer[0], product, 6)
    short = check_out(buyer, customer[0])
    assert (short.status_code, short.json()["type"]) == (409, "urn:problem:out-of-stock")
    assert short.json()["detail"] == f"Of product {product['id']} 6 are wanted, 5 are left."
    assert level(owner, product) == (5, 0)
    assert buyer.write("DELETE", f"/api/v1/carts/{customer[0]}").status_code == 200


@pytest.fixture(scope="session")
def crowd(system, open_door):
    """Ten people, each with a cart of their own."""
    people = [a_new_customer(system.monolith) for _ in range(10)]
    return [(customer_id, open_door("gateway", who)) for customer_id, who in people]


def test_ten_buyers_of_the_last_three_leave_seven_without(stage, owner, crowd, stocked):
    product = stocked(3)
    for customer_id, door in crowd:
        put(door, customer_id, product, 1)
    with ThreadPoolExecutor(len(crowd)) as threads:
        answers = list(threads.map(lambda each: checked_out(each[1], each[0]), crowd))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 7
    problems = {answer.json()["type"] for answer in answers if answer.status_code == 409}
    assert problems == {"urn:problem:out-of-stock"}
    assert level(owner, product) == (0, 0)
    for customer_id, door in crowd:
        door.write("DELETE", f"/api/v1/carts/{customer_id}")
