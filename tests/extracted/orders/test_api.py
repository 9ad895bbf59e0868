"""The HTTP face of orders: what it answers, what it refuses, whose it is, and that a key counts once."""

import concurrent.futures
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from uuid_utils.compat import uuid7

from extracted.chassis.database import Database
from extracted.chassis.writes import Command
from extracted.contracts.http import IDEMPOTENCY_REPLAYED, request_hash
from extracted.contracts.orders import DOMAIN, RefundOrder
from extracted.contracts.rpc import Unanswered
from extracted.orders import projector, refunds
from extracted.orders.checking import differences
from extracted.orders.domain import Status
from extracted.orders.others import Goods, Others, Purse
from extracted.orders.sagas import Refund
from extracted.orders.steps import Saga
from tests.extracted.orders.asking import Buyer, Neighbors
from tests.extracted.orders.front import Front
from tests.extracted.orders.home import Home, become
from tests.extracted.running import until
from tests.extracted.test_auth import Issuer

UNAVAILABLE = (503, "urn:problem:unavailable")


class Silent:
    """Another service that says nothing."""

    def call(self, method: str, /, **arguments: Any) -> Any:
        raise Unanswered(f"{method}: {arguments}")


NOBODY = Others(goods=Goods(Silent()), money=Purse(Silent()))


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"]


def show_all(home: Home) -> None:
    with home.connect() as app:
        until(lambda: not projector.project(app) and not projector.lag(app))


@pytest.fixture
def staff(issuer: Issuer) -> str:
    return issuer.token("staff")


@pytest.fixture(autouse=True)
def audited(buyer: Buyer, home: Home) -> Iterator[None]:
    """Whatever a test did: the events tell it all."""
    yield
    assert differences(home.url("auditor")) == []


def test_an_order_is_placed_at_todays_prices(buyer: Buyer, neighbors: Neighbors) -> None:
    placed = buyer.place(3)
    assert placed.status_code == 201
    shown = placed.json()
    assert (shown["status"], shown["version"]) == ("placed", 1)
    assert shown["total"] == {"amount": 3750, "currency": "EUR"}
    assert placed.headers["location"] == f"/api/v1/orders/{shown['id']}"
    assert "set-cookie" not in placed.headers
    assert buyer.ask("GET", f"/orders/{shown['id']}").content == placed.content
    neighbors.price(buyer.product, 1)
    assert buyer.ask("GET", f"/orders/{shown['id']}").content == placed.content


def test_a_fact_tells_of_an_order_with_its_row_and_whom_to_write_to(
    buyer: Buyer, home: Home
) -> None:
    placed = buyer.place().json()
    ((event, said),) = home.rows("SELECT event, payload FROM handover.outbox WHERE kind = 'fact'")
    assert event == "order_placed"
    assert said["order"] == placed
    assert said["customer"] == {"name": "Ada", "email": "Ada@shop.example"}
    order, command = said["rows"]
    assert (order["entity"], order["image"]["id"]) == ("order", placed["id"])
    assert (command["entity"], command["image"]["response"]) == ("command", placed)


def test_lists_show_ones_own_orders(buyer: Buyer, home: Home) -> None:
    placed = [buyer.place(n).json()["id"] for n in (1, 2, 3)]
    show_all(home)
    page = buyer.ask("GET", f"/orders?customer_id={buyer.id}&limit=2").json()
    assert [order["id"] for order in page["items"]] == [placed[2], placed[1]]
    query = f"/orders?customer_id={buyer.id}&cursor={page['next_cursor']}"
    rest = buyer.ask("GET", query).json()
    assert ([order["id"] for order in rest["items"]], rest["next_cursor"]) == ([placed[0]], None)


def test_what_cannot_be_bought_is_refused(buyer: Buyer, front: Front, home: Home) -> None:
    def asked(**changes: Any) -> tuple[int, str]:
        line = {"product_id": str(buyer.product), "quantity": 1}
        return kind(
            buyer.ask("POST", "/orders", {"customer_id": str(buyer.id), "lines": [line], **changes})
        )

    unknown = {"product_id": str(uuid.uuid4()), "quantity": 1}
    assert asked(lines=[unknown]) == (422, "urn:problem:unknown-product")
    assert asked(lines=[]) == (422, "urn:problem:invalid-input")
    home.owner.execute("TRUNCATE orders.customer")
    front.forget(buyer.id)
    assert asked() == (422, "urn:problem:unknown-customer")


def test_what_the_catalog_does_not_know_there_is_not(buyer: Buyer, neighbors: Neighbors) -> None:
    """It has answered: the shop, which knows the product, is not asked."""
    neighbors.forget()
    assert kind(buyer.place()) == (422, "urn:problem:unknown-product")


def test_the_same_key_is_one_order(buyer: Buyer, home: Home) -> None:
    key = uuid7()
    first, again = buyer.place(key=key), buyer.place(key=key)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert IDEMPOTENCY_REPLAYED not in first.headers
    assert again.headers[IDEMPOTENCY_REPLAYED] == "true"
    assert kind(buyer.place(3, key=key)) == (422, "urn:problem:idempotency-key-reused")
    assert home.rows("SELECT count(*) FROM orders.purchase") == [(1,)]


@pytest.mark.parametrize("loss", ["the product is gone", "the customer is gone", "nobody answers"])
def test_a_key_is_answered_again_whatever_has_gone_since(
    buyer: Buyer, neighbors: Neighbors, front: Front, home: Home, loss: str
) -> None:
    keys = [uuid7() for _ in range(3)]
    path = f"/carts/{buyer.id}/lines/{buyer.product}"

    def ask() -> list[Any]:
        return [
            buyer.place(key=keys[0]),
            buyer.ask("PUT", path, {"quantity": 2}, key=keys[1]),
            buyer.check_out(key=keys[2]),
        ]

    first = ask()
    assert [answer.status_code for answer in first] == [201, 200, 201]
    home.owner.execute("TRUNCATE orders.customer")
    if loss == "the product is gone":
        neighbors.program.http.put("/forget")
        front.forget(buyer.product)
    elif loss == "the customer is gone":
        front.forget(buyer.id)
    else:
        front.is_away = True
    again = ask()
    assert [answer.status_code for answer in again] == [201, 200, 201]
    assert [answer.content for answer in again] == [answer.content for answer in first]


def test_of_twins_one_acts_and_all_get_its_answer(buyer: Buyer, home: Home) -> None:
    key = uuid7()
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: buyer.place(key=key), range(6)))
    assert {answer.content for answer in answers} == {answers[0].content}
    assert {answer.status_code for answer in answers} == {201}
    assert home.rows("SELECT count(*) FROM orders.purchase") == [(1,)]


def test_a_write_needs_a_key(buyer: Buyer) -> None:
    headers = {"Authorization": f"Bearer {buyer.token}"}
    answer = buyer.program.http.post("/api/v1/orders", json={}, headers=headers)
    assert kind(answer) == (400, "urn:problem:missing-idempotency-key")


def test_a_cart_keeps_its_lines_in_order(buyer: Buyer, front: Front, neighbors: Neighbors) -> None:
    other = front.add_product(700)
    neighbors.price(other, 700, name="A ball")
    lines = f"/carts/{buyer.id}/lines"
    assert buyer.fill(2).json()["version"] == 1
    buyer.ask("PUT", f"{lines}/{other}", {"quantity": 1})
    filled = buyer.fill(5).json()
    assert [(line["product_id"], line["quantity"]) for line in filled["lines"]] == [
        (str(buyer.product), 5),
        (str(other), 1),
    ]
    shown = buyer.cart()
    assert shown["total"] == {"amount": 5 * 1250 + 700, "currency": "EUR"}
    assert [line["name"] for line in shown["lines"]] == ["A bear", "A ball"]
    left = buyer.ask("DELETE", f"{lines}/{buyer.product}").json()
    assert [line["product_id"] for line in left["lines"]] == [str(other)]
    assert buyer.ask("DELETE", f"/carts/{buyer.id}").json() == {
        "customer_id": str(buyer.id),
        "lines": [],
        "version": 5,
    }


def test_a_cart_shows_what_is_gone_and_takes_only_what_there_is(
    buyer: Buyer, neighbors: Neighbors
) -> None:
    buyer.fill(1)
    neighbors.forget()
    (line,) = buyer.cart()["lines"]
    assert (line["name"], line["unit_price"], buyer.cart()["total"]) == (None, None, None)
    assert kind(buyer.fill(2)) == (404, "urn:problem:product-not-found")
    nobody = f"/carts/{uuid.uuid4()}"
    assert kind(buyer.ask("GET", nobody)) == (404, "urn:problem:customer-not-found")


def test_a_purchase_is_paid_and_the_cart_is_empty(buyer: Buyer, neighbors: Neighbors) -> None:
    bought = buyer.buy()
    assert bought.status_code == 201
    order = bought.json()
    assert (order["status"], order["version"]) == ("paid", 2)
    assert bought.headers["location"] == f"/api/v1/orders/{order['id']}"
    assert buyer.ask("GET", f"/orders/{order['id']}").json() == order
    assert buyer.cart()["lines"] == []
    assert neighbors.ends() == (["confirmed"], ["captured"])
    assert neighbors.asked == [
        "inventory.reserve",
        "payments.authorize",
        "inventory.confirm",
        "payments.capture",
    ]


def test_an_empty_cart_buys_nothing(buyer: Buyer, neighbors: Neighbors) -> None:
    assert kind(buyer.check_out()) == (409, "urn:problem:cart-empty")
    assert neighbors.asked == []


def test_a_declined_card_leaves_everything_as_it_was(buyer: Buyer, neighbors: Neighbors) -> None:
    buyer.fill(2)
    key = uuid7()
    declined = buyer.check_out("tok_decline", key=key)
    assert kind(declined) == (402, "urn:problem:payment-declined")
    assert [line["quantity"] for line in buyer.cart()["lines"]] == [2]
    assert neighbors.ends() == (["released"], ["declined"])
    again = buyer.check_out("tok_decline", key=key)
    assert (again.status_code, again.content) == (402, declined.content)
    assert neighbors.asked.count("payments.authorize") == 1


def test_an_order_that_is_sold_out_is_a_conflict(buyer: Buyer, neighbors: Neighbors) -> None:
    facts = {"product_id": str(buyer.product), "wanted": 2, "available": 1}
    refusal = {"kind": "out-of-stock", "facts": facts}
    neighbors.plan(inventory__reserve=[{"how": "refused", "refusal": refusal}])
    sold_out = buyer.buy()
    assert kind(sold_out) == (409, "urn:problem:out-of-stock")
    assert "1 are left" in sold_out.json()["detail"]
    assert [line["quantity"] for line in buyer.cart()["lines"]] == [2]
    assert neighbors.ends() == (["released"], [])


def test_a_cart_is_bought_once_however_many_ask(
    buyer: Buyer, neighbors: Neighbors, home: Home
) -> None:
    buyer.fill()
    key = uuid7()
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        twins = [pool.submit(buyer.check_out, key=key) for _ in range(3)]
        rivals = [pool.submit(buyer.check_out) for _ in range(3)]
        answers = [one.result() for one in (*twins, *rivals)]
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(201) >= 1
    assert set(statuses) <= {201, 202, 409}
    until(lambda: neighbors.ends() == (["confirmed"], ["captured"]))
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert home.rows("SELECT status FROM orders.purchase") == [("paid",)]


def test_an_order_is_shipped_delivered_and_refunded(
    buyer: Buyer, neighbors: Neighbors, staff: str
) -> None:
    path = f"/orders/{buyer.buy().json()['id']}"
    for verb, status in (("ship", "shipped"), ("deliver", "delivered")):
        assert kind(buyer.ask("POST", f"{path}/{verb}")) == (403, "urn:problem:forbidden")
        answer = buyer.ask("POST", f"{path}/{verb}", token=staff)
        assert (answer.status_code, answer.json()["status"]) == (200, status)
    refused = buyer.ask("POST", f"{path}/cancel")
    assert kind(refused) == (409, "urn:problem:order-state")
    key = uuid7()
    refunded = buyer.ask("POST", f"{path}/refund", {"reason": "too soft"}, key=key)
    assert (refunded.status_code, refunded.json()["status"]) == (200, "refunded")
    assert refunded.json()["version"] == 5
    again = buyer.ask("POST", f"{path}/refund", {"reason": "too soft"}, key=key)
    assert (again.content, again.headers[IDEMPOTENCY_REPLAYED]) == (refunded.content, "true")
    assert kind(buyer.ask("POST", f"{path}/refund", {})) == (409, "urn:problem:order-state")
    # What was delivered does not go back to the shelf by itself.
    assert neighbors.ends() == (["confirmed"], ["refunded"])
    assert neighbors.asked.count("payments.refund") == 1


def test_a_twin_that_refunds_the_order_first_is_answered_for(
    buyer: Buyer, neighbors: Neighbors, readers: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is told here, and looks for its key; its twin is told at the service, and ends."""
    order_id = uuid.UUID(buyer.buy().json()["id"])
    key, look, path = uuid7(), refunds._known, f"/orders/{order_id}/refund"
    twins: list[httpx.Response] = []

    def look_early(database: Database, command: Command) -> Refund | None:
        found = look(database, command)
        if not twins:
            twins.append(buyer.ask("POST", path, {}, key=key))
        return found

    monkeypatch.setattr(refunds, "_known", look_early)
    hashed = request_hash(method="POST", path=f"/api/v1{path}", body=b"{}")
    command = Command(domain=DOMAIN, key=key, request_hash=hashed)
    answer = refunds.refund_order(
        Saga(database=readers, others=NOBODY), order_id, RefundOrder(), command=command
    )
    assert (twins[0].status_code, answer.status, answer.is_replay) == (200, 200, True)
    assert answer.response == twins[0].json()
    assert neighbors.asked.count("payments.refund") == 1


def test_what_did_not_leave_the_house_goes_back_to_the_shelf(
    buyer: Buyer, neighbors: Neighbors
) -> None:
    path = f"/orders/{buyer.buy().json()['id']}"
    assert buyer.ask("POST", f"{path}/refund", {}).json()["status"] == "refunded"
    assert neighbors.ends() == (["released"], ["refunded"])


def test_money_that_cannot_go_back_is_a_conflict_and_may_be_tried_anew(
    buyer: Buyer, neighbors: Neighbors
) -> None:
    path = f"/orders/{buyer.buy().json()['id']}"
    refusal = {"kind": "payment-refused", "detail": "the account is closed"}
    neighbors.plan(payments__refund=[{"how": "refused", "refusal": refusal}])
    refused = buyer.ask("POST", f"{path}/refund", {})
    assert kind(refused) == (409, "urn:problem:conflict")
    assert refused.json()["detail"] == "The account is closed."
    assert buyer.ask("GET", path).json()["status"] == "paid"
    assert buyer.ask("POST", f"{path}/refund", {}).status_code == 200


def test_a_void_that_is_refused_holds_nothing_else_up(buyer: Buyer, neighbors: Neighbors) -> None:
    """As of an authorization that has lapsed at the bank."""
    lapsed = {"kind": "payment-refused", "detail": "the authorization has expired"}
    refused = {"how": "refused", "refusal": lapsed}
    neighbors.plan(payments__capture=[refused], payments__void=[refused])
    assert kind(buyer.buy()) == (402, "urn:problem:payment-declined")
    assert neighbors.ends() == (["released"], ["authorized"])
    assert [line["quantity"] for line in buyer.cart()["lines"]] == [2]


def test_an_unpaid_order_is_cancelled_and_has_no_money_to_give_back(buyer: Buyer) -> None:
    path, key = f"/orders/{buyer.place().json()['id']}", uuid7()
    assert kind(buyer.ask("POST", f"{path}/refund", {})) == (409, "urn:problem:order-state")
    cancelled = buyer.ask("POST", f"{path}/cancel", key=key)
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert buyer.ask("POST", f"{path}/cancel", key=key).content == cancelled.content
    assert kind(buyer.ask("POST", f"{path}/cancel")) == (409, "urn:problem:order-state")


def test_an_order_whose_money_moves_is_left_alone(
    buyer: Buyer, neighbors: Neighbors, home: Home, staff: str
) -> None:
    neighbors.plan(inventory__confirm=[{"how": "crash"}])
    pending = buyer.buy()
    assert pending.status_code == 202
    answer = buyer.ask("POST", f"/orders/{pending.json()['order_id']}/cancel")
    assert kind(answer) == (409, "urn:problem:order-state")
    assert "money moves" in answer.json()["detail"]
    with home.connect() as app:
        paid = become(app, uuid.UUID(buyer.place().json()["id"]), Status.PAID)
    assert buyer.ask("POST", f"/orders/{paid.id}/ship", token=staff).status_code == 200


def written_to(home: Home, event: str) -> list[Any]:
    """Whom a fact names, one entry per fact."""
    query = "SELECT payload->'customer' FROM handover.outbox WHERE event = %s"
    return [customer for (customer,) in home.rows(query, event)]


ADA = {"name": "Ada", "email": "Ada@shop.example"}


@pytest.mark.parametrize(
    ("action", "body", "event"),
    [("cancel", None, "order_cancelled"), ("refund", {}, "order_refunded")],
    ids=["cancelled", "refunded"],
)
def test_who_ordered_on_the_other_side_is_asked_for_to_be_written_to(
    buyer: Buyer, home: Home, action: str, body: Any, event: str
) -> None:
    made = buyer.place() if action == "cancel" else buyer.buy()
    home.owner.execute("TRUNCATE orders.customer")
    assert buyer.ask("POST", f"/orders/{made.json()['id']}/{action}", body).status_code == 200
    assert written_to(home, event) == [ADA]


def test_where_nobody_says_whom_to_write_to_the_order_is_cancelled_all_the_same(
    buyer: Buyer, front: Front, home: Home
) -> None:
    made = buyer.place().json()["id"]
    home.owner.execute("TRUNCATE orders.customer")
    front.is_away = True
    assert buyer.ask("POST", f"/orders/{made}/cancel").status_code == 200
    assert written_to(home, "order_cancelled") == [None]


def test_what_belongs_to_others_is_not_there(
    buyer: Buyer, front: Front, issuer: Issuer, staff: str
) -> None:
    mine = buyer.buy().json()["id"]
    stranger = issuer.token(sub=str(front.add_customer("Bob")))
    hidden = (404, "urn:problem:order-not-found")
    for method, path in (
        ("GET", f"/orders/{mine}"),
        ("POST", f"/orders/{mine}/cancel"),
        ("POST", f"/orders/{mine}/refund"),
    ):
        body: Any = {} if path.endswith("refund") else None
        assert kind(buyer.ask(method, path, body, token=stranger)) == hidden
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/checkout")):
        body = {"card_token": "tok_approve"} if path else None
        answer = buyer.ask(method, f"/carts/{buyer.id}{path}", body, token=stranger)
        assert kind(answer) == (404, "urn:problem:customer-not-found")
    forbidden = (403, "urn:problem:forbidden")
    listed = buyer.ask("GET", f"/orders?customer_id={buyer.id}", token=stranger)
    line = {"product_id": str(buyer.product), "quantity": 1}
    body = {"customer_id": str(buyer.id), "lines": [line]}
    assert kind(listed) == forbidden
    assert kind(buyer.ask("POST", "/orders", body, token=stranger)) == forbidden
    assert buyer.ask("GET", f"/orders/{mine}", token=staff).status_code == 200
    assert buyer.ask("POST", "/orders", body, token=staff).status_code == 201


def test_nobody_is_asked_for_whom_nobody_vouches(buyer: Buyer) -> None:
    for path in ("/orders?customer_id=x", f"/carts/{buyer.id}"):
        answer = buyer.program.http.get(f"/api/v1{path}")
        assert kind(answer) == (401, "urn:problem:unauthenticated")


def test_who_asks_is_whom_the_shop_is_asked_for(buyer: Buyer, front: Front, home: Home) -> None:
    home.owner.execute("TRUNCATE orders.customer")
    front.asked.clear()
    buyer.place()
    buyer.place()
    asked = [headers for path, headers in front.asked if "/customers/" in path]
    assert [headers["Authorization"] for headers in asked] == [f"Bearer {buyer.token}"]
    home.owner.execute("TRUNCATE orders.customer")
    front.is_away = True
    assert kind(buyer.place()) == UNAVAILABLE
