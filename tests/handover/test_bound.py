"""A copy of history ends at what was there when it began; what comes later travels as facts."""

from collections.abc import Iterator
from itertools import count
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import DictRow

from handover import bound_sql, unbound_sql
from handover.operator import Hand
from handover.standing import Chunk
from monolith.outbox.roles import ROLES

from .conftest import DOMAIN, Shop, wait_until

KNOWN = 30
CHUNK = 7
Writer = psycopg.Connection[DictRow]


def key(number: int) -> UUID:
    """Keys that grow, as those that begin with the time do."""
    return UUID(int=number)


def put(shop: Shop, writer: Writer, numbers: Iterator[int], *, times: int) -> None:
    for _ in range(times):
        number = next(numbers)
        shop.monolith.put(writer, key(number), f"{number}")


@pytest.fixture
def numbers() -> Iterator[int]:
    return count(1)


@pytest.fixture
def writer(shop: Shop, numbers: Iterator[int]) -> Iterator[Writer]:
    """Somebody who writes, in a shop with history of which nothing is recorded."""
    with shop.monolith.connect() as connection:
        put(shop, connection, numbers, times=KNOWN)
        with shop.monolith.hand() as hand:
            assert hand.start_capture(DOMAIN)
        yield connection


@pytest.fixture
def hand(shop: Shop) -> Iterator[Hand]:
    with shop.monolith.hand() as hand:
        yield hand


def copy_on(hand: Hand) -> Chunk:
    return hand.snapshot_chunk(DOMAIN, "thing", CHUNK)


def test_a_copy_ends_though_more_is_written_than_it_copies(
    shop: Shop, hand: Hand, writer: Writer, numbers: Iterator[int]
) -> None:
    shop.start_all()
    chunks: list[Chunk] = []
    while not (chunks and chunks[-1].finished):
        chunks.append(copy_on(hand))
        put(shop, writer, numbers, times=2 * CHUNK)
        assert len(chunks) <= KNOWN, "it follows the writes"
    assert [chunk.copied for chunk in chunks] == [7, 7, 7, 7, 2]
    wait_until(lambda: shop.service.rows() == shop.monolith.rows(), what="all rows")
    assert len(shop.service.rows()) == KNOWN + len(chunks) * 2 * CHUNK


def test_history_that_is_written_to_its_end_in_whole_chunks_ends_with_none(
    shop: Shop, hand: Hand, writer: Writer, numbers: Iterator[int]
) -> None:
    put(shop, writer, numbers, times=5 * CHUNK - KNOWN)
    copied = [copy_on(hand) for _ in range(6)]
    assert [chunk.copied for chunk in copied] == [CHUNK] * 5 + [0]
    assert [chunk.finished for chunk in copied] == [False] * 5 + [True]


def test_where_nothing_was_there_is_nothing_to_copy(shop: Shop, hand: Hand) -> None:
    assert hand.start_capture(DOMAIN)
    assert copy_on(hand) == Chunk(copied=0, finished=True)


def test_a_copy_that_an_older_version_began_gets_its_end_when_it_goes_on(
    shop: Shop, hand: Hand, writer: Writer, numbers: Iterator[int]
) -> None:
    with shop.monolith.connect("owner") as owner:
        owner.execute(unbound_sql(roles=ROLES))
        assert copy_on(hand) == Chunk(copied=CHUNK, finished=False)
        owner.execute(bound_sql(roles=ROLES))
    left = KNOWN - CHUNK
    while not (chunk := copy_on(hand)).finished:
        left -= chunk.copied
        put(shop, writer, numbers, times=2 * CHUNK)
        assert left > 0, "it follows the writes"
    assert chunk.copied == left


def test_an_older_version_follows_the_writes(
    shop: Shop, hand: Hand, writer: Writer, numbers: Iterator[int]
) -> None:
    """Why there is an end: without it the same writes lead the copy on."""
    with shop.monolith.connect("owner") as owner:
        owner.execute(unbound_sql(roles=ROLES))
    for _ in range(2 * KNOWN // CHUNK):
        assert copy_on(hand) == Chunk(copied=CHUNK, finished=False)
        put(shop, writer, numbers, times=2 * CHUNK)


@pytest.mark.parametrize("role", ["app", "relay", "applier", "auditor"])
def test_only_an_operator_copies(shared_shop: Shop, role: str) -> None:
    with (
        shared_shop.monolith.connect(role) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("SELECT handover.snapshot_chunk(%s, 'thing', 1)", (DOMAIN,))
