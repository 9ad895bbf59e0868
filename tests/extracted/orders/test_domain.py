"""The rules of an order, without a database: what its events mean, and which may follow."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extracted.contracts.orders import Order, OrderLine
from extracted.contracts.problems import ProblemError
from extracted.contracts.values import Money
from extracted.orders.domain import (
    IMPORTED,
    NEXT,
    PLACED,
    Event,
    Purchase,
    Status,
    evolve,
    fold,
    placed_data,
    require_way,
    type_of,
)

ORDER = uuid.UUID("01890000-0000-7000-8000-000000000001")
BUYER = uuid.UUID("01890000-0000-7000-8000-000000000002")
BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)
LINES = tuple(
    OrderLine(
        product_id=uuid.UUID(int=n),
        name=f"Bear {n}",
        quantity=n,
        unit_price=Money(amount=100 * n, currency="EUR"),
    )
    for n in (3, 1, 2)
)


def event(version: int, kind: str, data: dict[str, Any] | None = None) -> Event:
    at = BEGIN + timedelta(minutes=version)
    return Event(order_id=ORDER, version=version, type=kind, data=data or {}, at=at)


def first() -> Event:
    total = Money(amount=1400, currency="EUR")
    data = placed_data(customer_id=BUYER, client_reference="mine", lines=LINES, total=total)
    return event(1, PLACED, json.loads(json.dumps(data)))


def image_of(purchase: Purchase, *, version: int, status: Status) -> dict[str, Any]:
    """What the import trigger notes: the row of the other side's order."""
    return {
        "id": str(purchase.id),
        "customer_id": str(purchase.customer_id),
        "client_reference": purchase.client_reference,
        "status": status.value,
        "total_amount": purchase.total_amount,
        "total_currency": purchase.total_currency,
        "version": version,
        "placed_at": purchase.placed_at.isoformat(),
        "updated_at": (BEGIN + timedelta(minutes=version)).isoformat(),
        "lines": list(reversed(purchase.lines)),
    }


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Any legal history; now and then the other side owned the order, and its state was imported."""
    events = [first()]
    present = evolve(None, events[0])
    while ways := sorted(NEXT[present.status]):
        if draw(st.integers(0, 3)) == 0:
            break
        status = draw(st.sampled_from(ways))
        version = present.version + 1
        if draw(st.booleans()):
            # Images of several writes may be imported as one.
            version += draw(st.integers(0, 2))
            image = image_of(present, version=version, status=status)
            events.append(event(version, IMPORTED, image))
        else:
            events.append(event(version, type_of(status)))
        present = evolve(present, events[-1])
    return events


def stepwise(events: Sequence[Event]) -> list[Purchase]:
    steps: list[Purchase] = []
    for one in events:
        steps.append(evolve(steps[-1] if steps else None, one))
    return steps


def test_a_first_event_makes_an_order_as_it_was_asked_for() -> None:
    placed = evolve(None, first())

    assert placed.shown() == Order(
        id=ORDER,
        customer_id=BUYER,
        client_reference="mine",
        status="placed",
        lines=LINES,
        total=Money(amount=1400, currency="EUR"),
        version=1,
        placed_at=BEGIN + timedelta(minutes=1),
    )
    assert placed.updated_at == placed.placed_at


@given(histories())
def test_a_history_is_the_sum_of_its_steps(events: list[Event]) -> None:
    assert fold(events) == stepwise(events)[-1]
    assert fold([]) is None


@given(histories(), st.data())
def test_a_snapshot_and_what_came_after_is_the_whole_history(
    events: list[Event], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(events)))
    snapshot = fold(events[:cut])
    assert fold(events[cut:], before=snapshot) == fold(events)


@given(histories())
def test_no_event_changes_what_was_bought_or_when(events: list[Event]) -> None:
    steps = stepwise(events)
    for step, one in zip(steps, events, strict=True):
        assert (step.version, step.updated_at) == (one.version, one.at)
        alike = replace(step, status=Status.PLACED, version=1, updated_at=steps[0].updated_at)
        assert alike == steps[0]


@pytest.mark.parametrize("present", Status)
@pytest.mark.parametrize("wanted", Status)
def test_a_state_that_may_not_follow_is_refused_in_words(present: Status, wanted: Status) -> None:
    if wanted in NEXT[present]:
        require_way(present, wanted)
        return
    with pytest.raises(ProblemError) as refusal:
        require_way(present, wanted)
    assert refusal.value.kind == "order-state"
    assert f"{present} cannot become {wanted}" in str(refusal.value.detail)


def test_what_is_paid_is_refunded_and_only_what_is_not_is_cancelled() -> None:
    before = {wanted: {state for state in Status if wanted in NEXT[state]} for wanted in Status}
    assert before == {
        Status.PLACED: set(),
        Status.PAID: {Status.PLACED},
        Status.SHIPPED: {Status.PAID},
        Status.DELIVERED: {Status.SHIPPED},
        Status.CANCELLED: {Status.PLACED},
        Status.REFUNDED: {Status.PAID, Status.DELIVERED},
    }


def test_what_the_other_side_wrote_goes_on_here() -> None:
    placed = evolve(None, first())
    imported = event(3, IMPORTED, image_of(placed, version=3, status=Status.SHIPPED))
    taken_over = fold([imported])
    assert taken_over is not None
    assert (taken_over.status, taken_over.version) == (Status.SHIPPED, 3)
    assert taken_over.lines == placed.lines, "in the order in which they were bought"
    assert taken_over.placed_at == placed.placed_at

    delivered = evolve(taken_over, event(4, "order_delivered"))
    assert (delivered.status, delivered.version) == (Status.DELIVERED, 4)
    assert delivered.shown().lines == LINES


@pytest.mark.parametrize(
    ("before", "impossible"),
    [
        ((), event(1, "order_paid")),
        ((), event(1, "order_eaten")),
        ((first(),), event(2, "order_eaten")),
        ((first(),), event(2, PLACED, dict(first().data))),
        ((first(),), event(1, "order_paid")),
        ((first(),), event(3, "order_paid")),
        ((first(), event(2, "order_paid")), event(2, IMPORTED, dict(first().data))),
    ],
    ids=["no beginning", "unknown at first", "unknown", "placed twice", "old", "gap", "old import"],
)
def test_an_event_that_cannot_come_here_is_an_error(
    before: tuple[Event, ...], impossible: Event
) -> None:
    with pytest.raises(ValueError, match=r"order_|not a valid"):
        evolve(fold(before), impossible)
