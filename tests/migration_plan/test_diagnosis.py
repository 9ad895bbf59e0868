"""What stands still, over made-up facts: each finding is seen, and each names what to type."""

from dataclasses import replace
from typing import Any

import pytest

from strangler.diagnosis import carrier, diagnose, obstacles

from .test_preflight import GOOD, side

FINE = replace(GOOD, is_routed=True)


def said(**changes: Any) -> list[str]:
    return [str(finding) for finding in diagnose(replace(FINE, **changes), seam="catalog")]


def test_where_everything_moves_nothing_is_said() -> None:
    assert said() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"service": side("OWNER")}, "both sides own the writes"),
        (
            {"monolith": side("RELEASED", epoch=2)},
            "token 2 travels to the service: strangler resume catalog",
        ),
        (
            {"monolith": side("RELEASED", epoch=2), "service": side("BURNED", epoch=3)},
            "token 2 was burned and not yet taken back: strangler resume catalog",
        ),
        (
            {"monolith": side("RELEASED", epoch=2), "service": side("RELEASED", epoch=3)},
            "token 3 travels to the monolith: strangler resume catalog",
        ),
        (
            {"monolith": side("BURNED", epoch=4), "service": side("BURNED", epoch=3)},
            "nobody owns, and no token travels (BURNED): read migration-plan/runbooks/stuck.md",
        ),
        (
            {"monolith": side("RELEASED", epoch=2), "service": side("OWNER", epoch=2)},
            "the service owns, and the seam is placed at canary: strangler resume catalog",
        ),
        (
            {"monolith": side("OWNER", is_relay_at_work=False)},
            "the monolith's relay is not at work: python -m stack up",
        ),
        (
            {"service": side("REPLICA", is_applier_at_work=False)},
            "the service's applier is not at work: python -m stack up",
        ),
        ({"monolith": side("OWNER", ahead=3)}, "the service has applied 3 messages that the"),
        (
            {"service": side("REPLICA", trouble="message 7 is missing")},
            "(message 7 is missing): strangler resend catalog",
        ),
        (
            {"service": side("REPLICA", trouble="UniqueViolation: it is there")},
            "read migration-plan/runbooks/stuck.md",
        ),
        ({"dead_letters": None}, "the broker does not answer: python -m stack up"),
        ({"dead_letters": 2}, "2 messages were put aside: read"),
        ({"writes_to_service": None}, "the gateway's Admin API does not answer"),
        ({"writes_to_service": 100.0}, "the gateway sends 100 % of the writes to the service"),
        (
            {"reads_to_service": 50.0},
            (
                "placed at canary with 100 % of the reads at the service, and the gateway sends 50 %: "
                "python -m kong_admin weights catalog-read"
            ),
        ),
        (
            {"reads_to_service": 50.0, "is_between": True},
            "and the gateway sends 50 %: strangler resume catalog",
        ),
        (
            {"opted_in_to_service": 0.0},
            (
                "100 % of the opted-in reads at the service, and the gateway sends 0 %: "
                "python -m kong_admin weights catalog-opt-in"
            ),
        ),
        ({"monolith": side("OWNER", caught_now=("process 1",))}, "refused writes of process 1"),
    ],
)
def test_what_stands_still_is_said_with_what_to_type(changes: dict[str, Any], words: str) -> None:
    assert any(words in line for line in said(**changes))


def test_the_stream_that_matters_is_that_of_whoever_gave_the_token() -> None:
    given = replace(FINE, monolith=side("RELEASED", epoch=2))
    assert (carrier(FINE), carrier(given)) == ("monolith", "monolith")
    back = replace(FINE, monolith=side("RELEASED", epoch=2), service=side("RELEASED", epoch=3))
    assert carrier(back) == "service"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, []),
        # The owner's own stream may stand as it likes.
        ({"monolith": side("OWNER", is_relay_at_work=False)}, []),
        (
            {"service": side("REPLICA", is_relay_at_work=False)},
            ["the service's relay is not at work: python -m stack up"],
        ),
        (
            {"monolith": side("OWNER", is_applier_at_work=False)},
            ["the monolith's applier is not at work: python -m stack up"],
        ),
        (
            {"monolith": side("OWNER", trouble="message 3 is missing")},
            [
                "the monolith's applier stands still (message 3 is missing): strangler resend catalog"
            ],
        ),
        (
            {"dead_letters": None, "service": side("REPLICA", is_relay_at_work=False)},
            ["the broker does not answer: python -m stack up"],
        ),
    ],
)
def test_what_stands_in_the_way_back_is_said_while_the_monolith_owns(
    changes: dict[str, Any], words: list[str]
) -> None:
    found = obstacles(replace(FINE, **changes), giver="service", seam="catalog")
    assert [str(one) for one in found] == words
