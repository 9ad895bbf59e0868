"""Only what is promised is excused, and only for those whose death explains it."""

from dataclasses import replace

from chaos.harm import SETTLE_S, harm_of
from extracted.notifications import sending as sending_there
from extracted.orders import undertaking
from loadtests.findings import Finding
from loadtests.verdict import judge
from monolith.notifications import sending
from monolith.orders import progress
from tests.loadtests.a_clean_run import clean_run

SENT_TWICE = Finding(check="mails", key="m", detail="the mail about paid was sent 2 times")
WRITTEN_TWICE = Finding(check="mails", key="o", detail="2 mails about paid")
LOST = Finding(check="lost", key="k", detail="is not there")


def verdict(**wrongs):
    run = clean_run()
    return replace(judge(run.ledger, run.evidence), **wrongs)


def test_a_clean_run_has_no_harm() -> None:
    assert harm_of(verdict(), killed=()) == {}


def test_a_request_that_failed_is_felt_and_no_harm() -> None:
    assert harm_of(verdict(failed=(LOST,)), killed=("catalog-1",)) == {}


def test_what_is_lost_is_harm_whoever_died() -> None:
    assert harm_of(verdict(lost=(LOST,)), killed=("postgresql",)) == {"lost": (LOST,)}


def test_a_mail_may_be_sent_again_when_its_sender_or_its_mark_died() -> None:
    found = verdict(mails_doubled=(SENT_TWICE,))
    assert harm_of(found, killed=("notifications-chores",)) == {}
    assert harm_of(found, killed=("postgresql", "rabbitmq")) == {}
    assert harm_of(found, killed=("monolith-postgresql",)) == {}
    assert harm_of(found, killed=("notifications-postgresql",)) == {}
    assert harm_of(found, killed=("rabbitmq",)) == {"mails doubled": (SENT_TWICE,)}
    assert harm_of(found, killed=("catalog-postgresql",)) == {"mails doubled": (SENT_TWICE,)}


def test_a_mail_may_never_be_written_twice() -> None:
    found = verdict(mails_doubled=(SENT_TWICE, WRITTEN_TWICE))
    assert harm_of(found, killed=("postgresql",)) == {"mails doubled": (WRITTEN_TWICE,)}


def test_the_judge_outwaits_what_two_deaths_leave_leased() -> None:
    leases = {one.LEASE_S for one in (progress, undertaking, sending, sending_there)}
    assert max(leases) * 2 < SETTLE_S
