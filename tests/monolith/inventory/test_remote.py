"""The service's answers as the monolith reads them: values, errors with their facts, and nonsense."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from extracted.contracts.inventory import OutOfStock, ReservationLost, StockLine
from extracted.contracts.problems import ProblemError
from extracted.contracts.rpc import NOT_OWNER
from monolith.inventory.remote import RemoteInventory
from monolith.seams.fence import NotOwner
from monolith.seams.rpc import RemoteUnavailable

KEY, BEAR = uuid4(), uuid4()
RESERVATION = {
    "id": str(KEY),
    "status": "held",
    "lines": [{"product_id": str(BEAR), "quantity": 2}],
    "expires_at": "2026-11-22T10:10:00.000000Z",
    "version": 1,
    "updated_at": "2026-11-22T10:00:00.000000Z",
}


class Service:
    """Answers one thing, and notes what it was asked."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, method: str, /, correlation_id: str | None = None, **arguments: Any) -> Any:
        self.asked.append((method, arguments))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def asking(answer: Any) -> tuple[RemoteInventory, Service]:
    service = Service(answer)
    return RemoteInventory(ask=service, timeout_s=5.0), service


def refusing(kind: str, detail: str = "", **facts: Any) -> RemoteInventory:
    return asking({"refusal": {"kind": kind, "detail": detail, "facts": facts}})[0]


def test_what_is_asked_is_ready_for_json_and_what_is_answered_is_a_value() -> None:
    inventory, service = asking({"value": RESERVATION, "refusal": None})
    lines = [StockLine(product_id=BEAR, quantity=2)]
    kept = inventory.reserve(reservation_id=KEY, lines=lines, expires_in_s=600)
    assert (kept.id, kept.status, kept.lines) == (KEY, "held", tuple(lines))
    assert inventory.confirm(reservation_id=KEY) == kept
    assert inventory.release(reservation_id=KEY) == kept
    assert inventory.release(reservation_id=KEY, only_held=True) == kept
    wanted = {"reservation_id": str(KEY), "lines": RESERVATION["lines"], "expires_in_s": 600}
    assert service.asked == [
        ("reserve", wanted),
        ("confirm", {"reservation_id": str(KEY)}),
        # A service of before this option is asked as ever.
        ("release", {"reservation_id": str(KEY)}),
        ("release", {"reservation_id": str(KEY), "only_held": True}),
    ]
    inventory, service = asking({"value": 7})
    assert inventory.sell_out(product_id=BEAR) == 7
    assert service.asked == [("sell_out", {"product_id": str(BEAR)})]


def test_each_refusal_becomes_its_error() -> None:
    with pytest.raises(NotOwner, match="the service does not own the writes of inventory"):
        refusing(NOT_OWNER).confirm(reservation_id=KEY)

    short = refusing("out-of-stock", "x", product_id=str(BEAR), wanted=3, available=1)
    with pytest.raises(OutOfStock) as out:
        short.reserve(reservation_id=KEY, lines=[], expires_in_s=1)
    assert (out.value.product_id, out.value.wanted, out.value.available) == (BEAR, 3, 1)

    for standing in ("expired", None):
        lost = refusing("reservation-lost", reservation_id=str(KEY), standing=standing)
        with pytest.raises(ReservationLost) as gone:
            lost.confirm(reservation_id=KEY)
        assert (gone.value.reservation_id, gone.value.standing) == (KEY, standing)

    with pytest.raises(ProblemError) as other:
        refusing("conflict", "Other goods.").release(reservation_id=KEY)
    assert (other.value.kind, other.value.detail) == ("conflict", "Other goods.")


def test_both_sides_raise_the_same_words() -> None:
    here = OutOfStock(product_id=BEAR, wanted=3, available=1)
    with pytest.raises(OutOfStock) as there:
        refusing(here.kind, here.detail, **here.facts).sell_out(product_id=BEAR)
    assert (there.value.problem, there.value.facts) == (here.problem, here.facts)
    lost = ReservationLost(reservation_id=UUID(int=1), standing="released")
    with pytest.raises(ReservationLost) as gone:
        refusing(lost.kind, lost.detail, **lost.facts).confirm(reservation_id=UUID(int=1))
    assert (gone.value.problem, gone.value.facts) == (lost.problem, lost.facts)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "held",
        {"value": None},
        {"value": {}},
        {"value": RESERVATION | {"status": "sold"}},
        {"value": RESERVATION | {"version": None}},
        {"value": RESERVATION, "surprise": 1},
        {"refusal": {}},
        {"refusal": {"kind": "out-of-stock", "facts": {}}},
        {"refusal": {"kind": "out-of-stock", "facts": {"product_id": "x"}}},
        {"refusal": {"kind": "reservation-lost", "facts": {"reservation_id": None}}},
        {"refusal": {"kind": "reservation-lost", "facts": {"reservation_id": str(KEY)}}},
        {"refusal": {"kind": "from-the-future", "detail": "Unheard of."}},
        {"refusal": {"kind": "from-the-future"}},
        TimeoutError(),
        OSError("the broker is gone"),
        RuntimeError("anything at all"),
    ],
    ids=repr,
)
def test_what_is_no_answer_leaves_open_what_was_done(answer: Any) -> None:
    inventory, _ = asking(answer)
    with pytest.raises(RemoteUnavailable):
        inventory.confirm(reservation_id=KEY)


def test_a_count_is_a_number() -> None:
    with pytest.raises(RemoteUnavailable, match="not an answer to sell_out"):
        asking({"value": "many"})[0].sell_out(product_id=BEAR)
