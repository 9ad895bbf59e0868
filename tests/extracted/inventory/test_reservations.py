"""Goods over RPC: kept, taken, given back, sold out; each once per id, and never more than there are."""

import concurrent.futures
import uuid
from collections import Counter
from collections.abc import Mapping
from typing import Any

import kombu
import psycopg
import pytest
from nameko.exceptions import RemoteError
from nameko.standalone.rpc import ServiceRpcProxy

from extracted.contracts.inventory import Reservation
from extracted.contracts.rpc import Refusal, Reply
from tests.extracted.inventory.conftest import SERVICE, Ask, Levels, Put, lines
from tests.extracted.running import Start, until

BUYERS = 200
# Each with connections and threads of its own.
CALLERS = 4


def new_id() -> str:
    return str(uuid.uuid4())


def reserve(ask: Ask, key: str, *wishes: tuple[uuid.UUID, int], expires_in_s: int = 600) -> Reply:
    wanted = lines(*wishes)
    return ask("reserve", reservation_id=key, lines=wanted, expires_in_s=expires_in_s)


def reservation(reply: Reply) -> Reservation:
    assert reply.refusal is None, reply.refusal
    return Reservation.model_validate(reply.value)


def refusal(reply: Reply) -> Refusal:
    assert reply.value is None
    assert reply.refusal is not None
    return reply.refusal


def test_goods_are_kept_and_then_taken(ask: Ask, put: Put, levels: Levels) -> None:
    bear, ball = put(north=5, south=5), put(south=2)
    kept = reservation(reserve(ask, key := new_id(), (bear, 3), (ball, 1)))
    assert (str(kept.id), kept.status, kept.version) == (key, "held", 1)
    assert [(line.product_id, line.quantity) for line in kept.lines] == [(bear, 3), (ball, 1)]
    assert (kept.expires_at - kept.updated_at).total_seconds() == pytest.approx(600, abs=1)
    assert levels(bear) == {"north": (5, 3), "south": (5, 0)}

    taken = reservation(ask("confirm", reservation_id=key))
    assert (taken.status, taken.version, taken.lines) == ("confirmed", 2, kept.lines)
    assert (levels(bear), levels(ball)) == ({"north": (2, 0), "south": (5, 0)}, {"south": (1, 0)})


def test_one_warehouse_is_better_than_two(ask: Ask, put: Put, levels: Levels) -> None:
    product_id = put(north=2, south=4)
    reserve(ask, new_id(), (product_id, 3))
    assert levels(product_id) == {"north": (2, 0), "south": (4, 3)}
    reserve(ask, new_id(), (product_id, 3))
    assert levels(product_id) == {"north": (2, 2), "south": (4, 4)}


def test_whatever_is_asked_twice_is_done_once(ask: Ask, put: Put, levels: Levels) -> None:
    product_id, key = put(north=5), new_id()
    first = reserve(ask, key, (product_id, 2))
    assert reserve(ask, key, (product_id, 1), (product_id, 1)) == first
    assert levels(product_id) == {"north": (5, 2)}
    confirmed = ask("confirm", reservation_id=key)
    assert ask("confirm", reservation_id=key) == confirmed
    assert reserve(ask, key, (product_id, 2)) == confirmed
    assert levels(product_id) == {"north": (3, 0)}
    released = ask("release", reservation_id=key)
    assert ask("release", reservation_id=key) == released
    assert levels(product_id) == {"north": (5, 0)}


def test_an_id_that_keeps_other_goods_is_a_conflict(ask: Ask, put: Put, levels: Levels) -> None:
    product_id, key = put(north=5), new_id()
    reserve(ask, key, (product_id, 2))
    assert refusal(reserve(ask, key, (product_id, 3))).kind == "conflict"
    assert levels(product_id) == {"north": (5, 2)}


def test_held_goods_are_given_back(ask: Ask, put: Put, levels: Levels) -> None:
    product_id, key = put(north=1, south=1), new_id()
    reserve(ask, key, (product_id, 2))
    released = reservation(ask("release", reservation_id=key))
    assert (released.status, released.version) == ("released", 2)
    assert levels(product_id) == {"north": (1, 0), "south": (1, 0)}
    lost = refusal(ask("confirm", reservation_id=key))
    assert lost.facts == {"reservation_id": key, "standing": "released"}


def test_only_what_is_held_is_given_back_on_request(ask: Ask, put: Put, levels: Levels) -> None:
    product_id, paid, kept = put(north=5), new_id(), new_id()
    reserve(ask, paid, (product_id, 2))
    reserve(ask, kept, (product_id, 1))
    confirmed = ask("confirm", reservation_id=paid)
    assert ask("release", reservation_id=paid, only_held=True) == confirmed
    released = reservation(ask("release", reservation_id=kept, only_held=True))
    assert released.status == "released"
    assert levels(product_id) == {"north": (3, 0)}


def test_a_reserve_that_comes_after_its_release_is_lost(ask: Ask, put: Put, levels: Levels) -> None:
    product_id, key = put(north=1), new_id()
    released = reservation(ask("release", reservation_id=key))
    assert (released.status, released.lines) == ("released", ())
    late = refusal(reserve(ask, key, (product_id, 1)))
    assert (late.kind, late.facts) == (
        "reservation-lost",
        {"reservation_id": key, "standing": "released"},
    )
    assert levels(product_id) == {"north": (1, 0)}


def test_what_was_never_reserved_cannot_be_taken(ask: Ask) -> None:
    lost = refusal(ask("confirm", reservation_id=(key := new_id())))
    assert lost.kind == "reservation-lost"
    assert lost.facts == {"reservation_id": key, "standing": None}
    assert lost.detail == f"Reservation {key} is unknown."


def test_all_lines_are_kept_or_none(ask: Ask, put: Put, levels: Levels) -> None:
    plenty, few, none = put(north=9), put(north=1, south=1), uuid.uuid4()
    short = refusal(reserve(ask, key := new_id(), (plenty, 1), (few, 3)))
    assert short.kind == "out-of-stock"
    assert short.facts == {"product_id": str(few), "wanted": 3, "available": 2}
    assert refusal(reserve(ask, key, (none, 1))).facts["available"] == 0
    assert levels(plenty) == {"north": (9, 0)}
    assert reservation(reserve(ask, key, (few, 2))).status == "held", "a refused id is still free"


@pytest.mark.parametrize(
    "wrong",
    [
        {"lines": []},
        {"lines": [{"product_id": "x", "quantity": 1}]},
        {"lines": [{"product_id": str(uuid.uuid4()), "quantity": 0}]},
        {"expires_in_s": -1},
        {"expires_in_s": 8 * 24 * 3600},
        {"reservation_id": "1"},
    ],
)
def test_nonsense_is_an_error_and_not_a_refusal(ask: Ask, put: Put, wrong: dict[str, Any]) -> None:
    good = {"reservation_id": new_id(), "lines": lines((put(north=1), 1)), "expires_in_s": 1}
    with pytest.raises(RemoteError, match=r"ValueError|ValidationError"):
        ask("reserve", **good | wrong)


def test_what_nobody_keeps_is_sold_out(ask: Ask, put: Put, operator: psycopg.Connection) -> None:
    product_id = put(north=5, south=3)
    reserve(ask, new_id(), (product_id, 2))
    assert ask("sell_out", product_id=str(product_id)).value == 6
    assert ask("sell_out", product_id=str(product_id)).value == 0
    assert ask("sell_out", product_id=new_id()).value == 0
    query = (
        "SELECT change, on_hand, reason, note FROM inventory.adjustment WHERE product_id = %s "
        "ORDER BY id"
    )
    found = operator.execute(query, (product_id,)).fetchall()
    assert found == [(-3, 2, "counted", "sold out"), (-3, 0, "counted", "sold out")]


def said_about(operator: psycopg.Connection, aggregate_id: object) -> list[tuple[str, Any]]:
    query = "SELECT event, payload FROM handover.outbox WHERE aggregate_id = %s ORDER BY id"
    return operator.execute(query, (str(aggregate_id),)).fetchall()


def shown(operator: psycopg.Connection, change: Mapping[str, Any]) -> Any:
    query = f"SELECT image FROM handover.image_inventory_{change['entity']} WHERE key = %s"
    return operator.execute(query, (change["image"]["id"],)).fetchall()


def test_each_fact_carries_its_rows_as_the_views_show_them(
    ask: Ask, put: Put, operator: psycopg.Connection
) -> None:
    product_id, key = put(north=1, south=1), new_id()
    other = new_id()
    steps: list[tuple[str, str, dict[str, int]]] = [
        ("reserve", key, {"stock": 2, "reservation": 1}),
        ("confirm", key, {"stock": 2, "reservation": 1}),
        ("release", key, {"stock": 2, "reservation": 1}),
        ("release", other, {"reservation": 1}),
    ]
    for number, (method, subject, wanted) in enumerate(steps):
        if method == "reserve":
            reserve(ask, key, (product_id, 2))
        else:
            ask(method, reservation_id=subject)
        event, payload = said_about(operator, subject)[-1]
        assert event == f"stock_{method}{'d' if method.endswith('e') else 'ed'}", number
        assert Counter(row["entity"] for row in payload["rows"]) == wanted
        assert [[(row["image"],)] for row in payload["rows"]] == [
            shown(operator, row) for row in payload["rows"]
        ]
    assert len(said_about(operator, key)) == 3

    ask("sell_out", product_id=str(product_id))
    told = said_about(operator, product_id)
    assert [event for event, _ in told] == ["stock_adjusted", "stock_adjusted"]
    for _, payload in told:
        assert [row["entity"] for row in payload["rows"]] == ["stock", "adjustment"]
        assert [[(row["image"],)] for row in payload["rows"]] == [
            shown(operator, row) for row in payload["rows"]
        ]


def test_what_changes_nothing_says_nothing(
    ask: Ask, put: Put, operator: psycopg.Connection
) -> None:
    product_id, key = put(north=2), new_id()
    for _ in range(3):
        reserve(ask, key, (product_id, 1))
    refusal(reserve(ask, refused := new_id(), (product_id, 2)))
    assert [event for event, _ in said_about(operator, key)] == ["stock_reserved"]
    assert said_about(operator, refused) == []


def test_the_last_goods_are_sold_once_whoever_is_asked_and_in_whatever_order(
    start: Start, ask: Ask, put: Put, levels: Levels, variables: Mapping[str, str]
) -> None:
    broker = variables["AMQP_URL"]
    second = start(*SERVICE, "serve", **variables)
    until(lambda: consumers(broker) == 2)
    many, few = put(north=7, south=5), put(north=4, south=5)

    def buy(caller: int) -> list[Reply]:
        with ServiceRpcProxy("inventory", {"AMQP_URI": broker}, timeout=30) as proxy:
            # Half of them ask for the goods in the other order: whoever locks as asked, deadlocks.
            wishes = ((many, 1), (few, 1)) if caller % 2 else ((few, 1), (many, 1))
            asked = [
                proxy.reserve.call_async(
                    reservation_id=new_id(), lines=lines(*wishes), expires_in_s=600
                )
                for _ in range(BUYERS // CALLERS)
            ]
            return [Reply.model_validate(reply.result()) for reply in asked]

    with concurrent.futures.ThreadPoolExecutor(CALLERS) as threads:
        replies = [reply for found in threads.map(buy, range(CALLERS)) for reply in found]
    second.stop()

    outcomes = Counter(reply.refusal.kind if reply.refusal else "held" for reply in replies)
    assert outcomes == {"held": 9, "out-of-stock": BUYERS - 9}
    assert levels(few) == {"north": (4, 4), "south": (5, 5)}
    assert sum(reserved for _, reserved in levels(many).values()) == 9


def consumers(broker: str) -> int:
    """How many processes answer."""
    with kombu.Connection(broker) as connection:
        found = connection.default_channel.queue_declare("rpc-inventory", passive=True)
        return int(found.consumer_count)
