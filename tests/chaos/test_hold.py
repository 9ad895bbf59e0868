"""Whoever is held at the end of a step has not ended it before he is let go."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from chaos import hold
from stack import profile as profiles
from stack import roles
from stack.profile import Kind
from tests.handover.conftest import DOMAIN, Shop, shop, templates, wait_until

__all__ = ["shop", "templates"]

STEP = "place the seam at cutover"
NOTE = (
    "INSERT INTO handover.journal (run_id, domain, step, phase, actor) "
    "VALUES (%s, %s, %s, %s, 'a test') RETURNING at"
)


@pytest.fixture
def superuser(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    def connect():
        return roles.superuser(profiles.load(Kind.TEST), database=shop.monolith.database)

    monkeypatch.setattr(hold, "_superuser", connect)
    return connect


def test_a_held_step_ends_when_it_is_let_go(superuser):
    def note(phase):
        with superuser() as journal:
            return journal.execute(NOTE, (uuid4(), DOMAIN, STEP, phase)).fetchone()[0]

    with ThreadPoolExecutor(1) as pool, hold.holding(DOMAIN, STEP) as held:
        note("intent")
        assert not held.is_held
        ended = pool.submit(note, "done")
        wait_until(lambda: held.is_held)
        let_go = datetime.now(UTC)
        held.release(coordinator_is_dead=False)
        assert ended.result(10) > let_go


def test_nothing_of_it_stays(superuser):
    with hold.holding(DOMAIN, STEP):
        pass
    hold.remove()
    with superuser() as journal:
        found = journal.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgname = 'chaos_hold'"
        ).fetchone()
    assert found == (0,)
