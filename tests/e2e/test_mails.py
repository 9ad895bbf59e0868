"""Mails about orders while they change hands under load: each is sent, and none twice."""

import pytest

from stack import profile as profiles
from stack import programs
from tests.strangling.waiting import eventually

TEST = profiles.load(profiles.Kind.TEST)
SEAM = "notifications"


@pytest.mark.slow
def test_no_mail_is_lost_or_sent_twice_on_the_way_there_and_back(system, people, at):
    at("monolith", seam=SEAM)
    moves = []
    for verb, goal in (("advance", "cutover"), ("retreat", "monolith"), ("advance", "cutover")):
        moves.append(system.strangler(verb, SEAM, "--to", goal))
        people.write_more(30)
    verdict = people.verdict()
    assert verdict.clean, verdict.wrongs
    assert all(moved["ok"] for moved in moves)
    assert system.strangler("status", SEAM)["owner"] == "service"


@pytest.mark.slow
def test_an_order_shows_its_mails_wherever_they_are(system, people, at):
    for position in ("cutover", "monolith"):
        at(position, seam=SEAM)
        order = people.place_an_order()

        def sent(order=order):
            mails = people.mails_of(order)
            return [mail["status"] for mail in mails if mail["sent_at"]] == ["placed"]

        eventually(sent, what=f"{order} to show a sent mail at {position}", timeout_s=30)


@pytest.mark.slow
@pytest.mark.parametrize("position", ["shadow", "cutover"])
@pytest.mark.parametrize(
    "victim",
    [
        "monolith-relay",
        "monolith-applier",
        "notifications-relay",
        "notifications-applier",
    ],
)
def test_killing_what_carries_the_mails_loses_and_doubles_none(people, at, position, victim):
    at(position, seam=SEAM)
    for _ in range(2):
        people.write_more(10)
        programs.kill(victim, profile=TEST)
        programs.await_ready(victim, profile=TEST)
    people.write_more(10)
    verdict = people.verdict()
    assert verdict.clean, verdict.wrongs


# A mail whose sender died is taken up when its lease of a minute has run out.
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killing_who_hears_and_who_sends_loses_none(people, at):
    at("cutover", seam=SEAM)
    kills = 0
    for victim in ("notifications-events", "notifications-chores", "notifications-events"):
        people.write_more(10)
        programs.kill(victim, profile=TEST)
        kills += victim == "notifications-chores"
        programs.await_ready(victim, profile=TEST)
    people.write_more(10)
    verdict = people.verdict(settle_s=150)
    # Who dies between the mail server's yes and its own mark leaves one mail that is sent again.
    assert len(verdict.mails_doubled) <= kills
    wrongs = {name: found for name, found in verdict.wrongs.items() if found}
    assert not wrongs.keys() - {"mails doubled"}, wrongs


@pytest.mark.slow
def test_orders_go_on_while_the_broker_is_down_and_their_mails_follow(system, people, at):
    at("cutover", seam=SEAM)
    people.write_more(10)
    programs.stop("rabbitmq", profile=TEST)
    try:
        people.write_more(30)
    finally:
        programs.start("rabbitmq", profile=TEST)
    people.write_more(10)
    verdict = people.verdict()
    assert verdict.clean, verdict.wrongs


@pytest.mark.slow
def test_the_mails_come_home_while_the_service_is_dead(system, people, at):
    at("cutover", seam=SEAM)
    people.write_more(10)
    working = ("notifications-events", "notifications-chores")
    for program in working:
        programs.stop(program, profile=TEST)
    try:
        people.write_more(20)
        assert system.strangler("retreat", SEAM, "--to", "shadow")["ok"]
        people.write_more(10)
    finally:
        for program in working:
            programs.start(program, profile=TEST)
    verdict = people.verdict()
    assert verdict.clean, verdict.wrongs
