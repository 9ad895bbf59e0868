"""Mails about orders, written beside them and sent by a process: each is sent, and none twice."""

import pytest

from stack import profile as profiles
from stack import programs
from tests.waiting import eventually

TEST = profiles.load(profiles.Kind.TEST)


@pytest.mark.slow
def test_an_order_shows_its_mails(people):
    order = people.place_an_order()

    def sent():
        mails = people.mails_of(order)
        return [mail["status"] for mail in mails if mail["sent_at"]] == ["placed"]

    eventually(sent, what=f"{order} to show a sent mail", timeout_s=30)


# A mail whose sender died is taken up when its lease of a minute has run out.
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killing_who_sends_and_who_carries_loses_none(people):
    kills = 0
    for victim in ("monolith-chores", "monolith-relay", "monolith-chores"):
        people.write_more(10)
        programs.kill(victim, profile=TEST)
        kills += victim == "monolith-chores"
        programs.await_ready(victim, profile=TEST)
    people.write_more(10)
    verdict = people.verdict(settle_s=150)
    # Who dies between the mail server's yes and its own mark leaves one mail that is sent again.
    assert len(verdict.mails_doubled) <= kills
    wrongs = {name: found for name, found in verdict.wrongs.items() if found}
    assert not wrongs.keys() - {"mails doubled"}, wrongs


@pytest.mark.slow
def test_orders_go_on_while_the_broker_is_down(people):
    people.write_more(10)
    programs.stop("rabbitmq", profile=TEST)
    try:
        people.write_more(30)
    finally:
        programs.start("rabbitmq", profile=TEST)
    people.write_more(10)
    verdict = people.verdict()
    assert verdict.clean, verdict.wrongs
