"""A trickle of facts: how long each is under way from its commit until it was handled."""

from __future__ import annotations

import threading
import time
import uuid
from bisect import bisect_left
from collections.abc import Mapping, Sequence

import psycopg

from loadtests.services.errors import BenchError
from loadtests.services.facts import GIVE_UP_S, applied, await_applied, write
from loadtests.services.shop import Shop

FACTS_PER_S = 200.0
WRITERS = 4
LOOK_S = 0.002

_SEQUENCES = """
SELECT correlation_id, stream_sequence FROM handover.outbox
 WHERE domain = 'catalog' AND correlation_id LIKE %s
"""


def trickle(shop: Shop, *, seconds: int) -> tuple[float, list[float]]:
    """Facts per second that were written, and the milliseconds of each until it was handled."""
    run = f"bench-{uuid.uuid4()}"
    committed: dict[str, float] = {}
    seen: list[tuple[int, float]] = []
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(shop, seen, done))
    writers = [
        threading.Thread(target=_keep_writing, args=(shop, run, number, seconds, committed))
        for number in range(WRITERS)
    ]
    began = time.time()
    for thread in (watcher, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    took_s = time.time() - began
    try:
        sequences = _sequences(shop, run, expected=len(committed))
        await_applied(shop, max(sequences.values()))
    finally:
        done.set()
        watcher.join()
    return len(committed) / took_s, handled_after(committed, sequences, seen)


def _keep_writing(
    shop: Shop, run: str, number: int, seconds: int, committed: dict[str, float]
) -> None:
    each_s = WRITERS / FACTS_PER_S
    with psycopg.connect(shop.environment["MONOLITH_DATABASE_URL"]) as database:
        begun = time.monotonic() + number * each_s / WRITERS
        for turn in range(int(seconds / each_s)):
            # Not to be awaited otherwise: it is the pace that is wanted.
            time.sleep(max(begun + turn * each_s - time.monotonic(), 0))
            mark = f"{run}-{number}-{turn}"
            write(database, mark=mark, after=number + WRITERS * (turn % 100), facts=1)
            database.commit()
            committed[mark] = time.time()


def _watch(shop: Shop, seen: list[tuple[int, float]], done: threading.Event) -> None:
    """Note how far the applier is, and when it was seen: later than it was, never earlier."""
    with psycopg.connect(shop.auditor("catalog"), autocommit=True) as database:
        while True:
            is_last = done.wait(LOOK_S)
            position = applied(database)
            if not seen or position > seen[-1][0]:
                seen.append((position, time.time()))
            if is_last:
                return


def _sequences(shop: Shop, run: str, *, expected: int) -> dict[str, int]:
    with psycopg.connect(shop.auditor("monolith"), autocommit=True) as database:
        deadline = time.monotonic() + GIVE_UP_S
        while True:
            rows = database.execute(_SEQUENCES, (f"{run}-%",)).fetchall()
            if len(rows) == expected and all(row[1] is not None for row in rows):
                return {str(row[0]): int(row[1]) for row in rows}
            if time.monotonic() > deadline:
                raise BenchError(f"{len(rows)} of {expected} facts are in the stream")
            time.sleep(0.1)


def handled_after(
    committed: Mapping[str, float],
    sequences: Mapping[str, int],
    seen: Sequence[tuple[int, float]],
) -> list[float]:
    """Milliseconds from each fact's commit until the applier was seen to have come that far."""
    positions = [position for position, _ in seen]
    return [
        (seen[bisect_left(positions, sequences[mark])][1] - at) * 1_000
        for mark, at in committed.items()
    ]
