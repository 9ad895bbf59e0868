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
def test_killing_who_sends_loses_none(people):
    kills = 2
    for _ in range(kills):
        people.write_more(10)
        programs.kill("monolith-chores", profile=TEST)
        programs.await_ready("monolith-chores", profile=TEST)
    people.write_more(10)
    verdict = people.verdict(settle_s=150)
    # Who dies between the mail server's yes and its own mark leaves one mail that is sent again.
    assert len(verdict.mails_doubled) <= kills
    wrongs = {name: found for name, found in verdict.wrongs.items() if found}
    assert not wrongs.keys() - {"mails doubled"}, wrongs
