"""A domain to which others listen: its facts cannot be switched off, its copy can begin anew."""

import pytest

from .conftest import DOMAIN, wait_until

HEARD = "UPDATE handover.stream SET is_heard = %s WHERE domain = %s"


@pytest.fixture
def heard(shop):
    with shop.monolith.connect("owner") as owner:
        owner.execute("UPDATE handover.ownership SET capture = true")
        owner.execute(HEARD, (True, DOMAIN))
        yield owner


def outbox(owner):
    rows = owner.execute("SELECT kind, event FROM handover.outbox ORDER BY id").fetchall()
    return [row["event"] for row in rows]


def standing(owner):
    return owner.execute("SELECT capture, changed_at FROM handover.ownership").fetchone()


def begin_copy(owner):
    """What a backfill notes when it begins."""
    owner.execute("INSERT INTO handover.backfill (domain, entity) VALUES (%s, 'thing')", (DOMAIN,))


def test_a_start_begins_the_copy_with_a_reset_and_leaves_the_term_alone(shop, heard):
    before = standing(heard)
    with shop.monolith.hand() as hand:
        assert hand.start_capture(DOMAIN) is True
    assert outbox(heard) == ["stream_reset"]
    assert standing(heard) == before, "whoever works under a lease goes on"


def test_a_copy_that_is_under_way_is_not_begun_again(shop, heard):
    begin_copy(heard)
    with shop.monolith.hand() as hand:
        assert hand.start_capture(DOMAIN) is False
    assert outbox(heard) == []


def test_a_stop_ends_the_copy_and_not_the_facts(shop, heard, keys):
    begin_copy(heard)
    before = standing(heard)
    with shop.monolith.hand() as hand:
        assert hand.stop_capture(DOMAIN) is True
        assert hand.stop_capture(DOMAIN) is False, "there was nothing left to stop"
        with shop.monolith.connect() as app:
            shop.monolith.put(app, keys[0], "heard")
        assert standing(heard) == before
        assert hand.start_capture(DOMAIN) is True, "the next begins anew"
    assert outbox(heard) == ["thing_changed", "stream_reset"]


def test_who_does_not_own_begins_nothing(shop, heard):
    heard.execute("UPDATE handover.ownership SET mode = 'REPLICA'")
    with shop.monolith.hand() as hand:
        assert hand.start_capture(DOMAIN) is False
    assert outbox(heard) == []


def test_a_domain_nobody_listens_to_is_switched_off(shop, heard, keys):
    heard.execute(HEARD, (False, DOMAIN))
    with shop.monolith.hand() as hand:
        assert hand.start_capture(DOMAIN) is False, "it was on"
        before = standing(heard)
        assert hand.stop_capture(DOMAIN) is True
        with shop.monolith.connect() as app:
            shop.monolith.put(app, keys[0], "unheard")
        assert outbox(heard) == []
        assert standing(heard)["changed_at"] > before["changed_at"]
        assert hand.start_capture(DOMAIN) is True
    assert outbox(heard) == ["stream_reset"]


def test_the_receiver_is_emptied_and_filled_again(shop, heard, keys):
    """Facts went out before anybody kept a copy: what the copy has of them is not the whole."""
    with shop.monolith.connect() as app:
        for key in keys[:3]:
            shop.monolith.put(app, key, str(key))
    with shop.service.connect("owner") as service:
        service.execute("UPDATE handover.ownership SET mode = 'REPLICA'")
    shop.start("monolith-relay", "service-applier")
    wait_until(lambda: len(shop.service.rows()) == 3, what="the facts")
    with shop.monolith.hand() as hand:
        assert hand.start_capture(DOMAIN) is True
    wait_until(lambda: not shop.service.rows(), what="the reset")
    with shop.monolith.connect() as app:
        shop.monolith.put(app, keys[0], "again")
    wait_until(lambda: shop.service.rows() == {keys[0]: ("again", 2)}, what="the next fact")
