"""The relay: a burst of facts beside the raw broker, and a trickle from commit to handled.

* **fact**: one product whose version goes up, written as the monolith's own actions write it, by
  SQL: through HTTP the web server would be measured. Nothing of the product changes but its version.
* **handled**: applied and committed by the service's applier, as its database says it.
"""

from __future__ import annotations

import threading
import time
import uuid
from bisect import bisect_left
from collections.abc import Mapping, Sequence

import psycopg

from loadtests.services import commands
from loadtests.services.errors import BenchError
from loadtests.services.measured import AT_MOST, Part, Ratio, percentile, ratio_of
from loadtests.services.shop import Shop

POSITION = "shadow"
OF_RAW = 0.5
P99_MS = 250.0
FACTS_PER_S = 200.0
WRITERS = 4
GIVE_UP_S = 120.0
LOOK_S = 0.002

_ENTER = "SELECT handover.enter('catalog')"
_WRITE = """
WITH chosen AS (SELECT id FROM catalog_product ORDER BY id OFFSET %(after)s LIMIT %(facts)s),
put AS (UPDATE catalog_product p SET version = p.version + 1, updated_at = clock_timestamp()
          FROM chosen c WHERE p.id = c.id RETURNING p.id)
SELECT id FROM put
"""
_TELL = """
SELECT count(handover.record_rows('catalog', 'product_changed', id::text, '{}',
       jsonb_build_array(jsonb_build_object('entity', 'product', 'keys', jsonb_build_array(id))),
       %(mark)s))
  FROM unnest(%(ids)s::uuid[]) AS id
"""
_PUBLISHED = """
SELECT count(*), count(published_at), extract(epoch FROM max(published_at))::float,
       max(stream_sequence)
  FROM handover.outbox WHERE domain = 'catalog' AND correlation_id = %s
"""
_SEQUENCES = """
SELECT correlation_id, stream_sequence FROM handover.outbox
 WHERE domain = 'catalog' AND correlation_id LIKE %s
"""
_APPLIED = "SELECT last_sequence FROM handover.inbox WHERE domain = 'catalog'"


def measure(shop: Shop, *, facts: int, rounds: int, seconds: int) -> Part:
    """Bursts in turns with the raw broker, then a steady trickle."""
    if shop.position("catalog") in {"monolith", "cutover"}:
        shop.place("catalog", POSITION)
    relayed, raw, size = [], [], 0
    for number in range(rounds):
        shop.say(f"relay: a burst of {facts} facts, round {number + 1} of {rounds}")
        relayed.append(_burst(shop, facts))
        beside = commands.ask("handover.bench", "--messages", str(facts))
        raw.append(beside["messages"] / beside["seconds"])
        size = beside["bytes"] // beside["messages"]
    shop.say(f"relay: {FACTS_PER_S:.0f} facts a second for {seconds} s")
    written, took = _trickle(shop, seconds=seconds)
    return Part(
        name="relay",
        ratios=(
            Ratio(
                name="a burst, commit to last confirm, of the raw confirmed rate",
                value=ratio_of(percentile(relayed, 50), percentile(raw, 50)),
                target=OF_RAW,
            ),
            Ratio(
                name="commit to handled, p99 at 200 facts/s",
                value=percentile(took, 99),
                target=P99_MS,
                sense=AT_MOST,
                unit="ms",
            ),
        ),
        figures={
            "facts/s of the relay, median": round(percentile(relayed, 50)),
            "messages/s of the broker alone, median": round(percentile(raw, 50)),
            "bytes of a message": size,
            "facts/s written in the trickle": round(written, 1),
            "commit to handled, p50 ms": round(percentile(took, 50), 1),
            "commit to handled, longest ms": round(max(took), 1),
        },
    )


def _burst(shop: Shop, facts: int) -> float:
    """So many facts in one transaction: how many a second the broker confirmed, from its commit."""
    mark = f"bench-{uuid.uuid4()}"
    with psycopg.connect(shop.environment["MONOLITH_DATABASE_URL"]) as database:
        made = _write(database, mark=mark, after=0, facts=facts)
        database.commit()
    committed = time.time()
    with psycopg.connect(shop.auditor("monolith"), autocommit=True) as database:
        deadline = time.monotonic() + GIVE_UP_S
        while True:
            row = database.execute(_PUBLISHED, (mark,)).fetchone()
            if row and row[0] and row[0] == row[1]:
                break
            if time.monotonic() > deadline:
                raise BenchError(f"the relay published {row} of {made} facts in {GIVE_UP_S:.0f} s")
            time.sleep(0.1)
    _await_applied(shop, int(row[3]))
    return made / (float(row[2]) - committed)


def _write(
    database: psycopg.Connection[tuple[object, ...]], *, mark: str, after: int, facts: int
) -> int:
    # The door comes before any lock on a row, as in the monolith's own writes.
    database.execute(_ENTER)
    rows = database.execute(_WRITE, {"after": after, "facts": facts}).fetchall()
    if not rows:
        raise BenchError("there are no products left to change")
    database.execute(_TELL, {"mark": mark, "ids": [row[0] for row in rows]})
    return len(rows)


def _await_applied(shop: Shop, sequence: int) -> None:
    with psycopg.connect(shop.auditor("catalog"), autocommit=True) as database:
        deadline = time.monotonic() + GIVE_UP_S
        while _applied(database) < sequence:
            if time.monotonic() > deadline:
                raise BenchError(f"the applier did not come to {sequence} in {GIVE_UP_S:.0f} s")
            time.sleep(0.1)


def _applied(database: psycopg.Connection[tuple[object, ...]]) -> int:
    row = database.execute(_APPLIED).fetchone()
    return int(str(row[0])) if row else 0


def _trickle(shop: Shop, *, seconds: int) -> tuple[float, list[float]]:
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
        _await_applied(shop, max(sequences.values()))
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
            _write(database, mark=mark, after=number + WRITERS * (turn % 100), facts=1)
            database.commit()
            committed[mark] = time.time()


def _watch(shop: Shop, seen: list[tuple[int, float]], done: threading.Event) -> None:
    """Note how far the applier is, and when it was seen: later than it was, never earlier."""
    with psycopg.connect(shop.auditor("catalog"), autocommit=True) as database:
        while True:
            is_last = done.wait(LOOK_S)
            applied = _applied(database)
            if not seen or applied > seen[-1][0]:
                seen.append((applied, time.time()))
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
