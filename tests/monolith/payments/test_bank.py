"""The bank's HTTP face as the monolith reads it: an answer, or silence."""

import httpx
import pytest
from uuid_utils.compat import uuid7

from monolith.payments.bank import Bank
from monolith.payments.provider import ProviderSilent, Question, Reply
from tests.monolith.payments.conftest import euros

QUESTION = Question(
    operation_id=uuid7(),
    payment_id=uuid7(),
    kind="authorize",
    amount=euros(500),
    card_token="tok_approve",
)
ID = str(QUESTION.operation_id)


def asked(answer):
    """What came of asking a bank that answers so, and the requests it saw."""
    seen = []

    def handle(request):
        seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    transport = httpx.MockTransport(handle)
    bank = Bank("http://bank.example", timeout_s=1, transport=transport)
    return lambda: list(bank.ask(QUESTION)), seen


def said(**changes):
    return {"operation_id": ID, "accepted": True, "reason": None, **changes}


def test_it_is_asked_under_the_operations_id():
    ask, seen = asked(httpx.Response(200, json={"answers": [said()]}))
    assert ask() == [Reply(operation_id=QUESTION.operation_id, accepted=True)]
    (request,) = seen
    assert (request.method, request.url.path) == ("PUT", f"/operations/{ID}")
    assert b'"amount":500' in request.content


def test_two_answers_are_two_replies_and_a_long_reason_is_cut():
    answers = [said(), said(accepted=False, reason="x" * 500)]
    ask, _ = asked(httpx.Response(200, json={"answers": answers}))
    first, second = ask()
    assert (first.accepted, second.accepted) == (True, False)
    assert second.reason == "x" * 200


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ReadTimeout("late"),
        httpx.ConnectError("away"),
        httpx.RemoteProtocolError("hung up"),
        httpx.Response(500),
        httpx.Response(409, json={"error": "other terms"}),
        httpx.Response(200, text="yes"),
        httpx.Response(200, json={"answers": [{"accepted": True}]}),
        httpx.Response(200, json={"answers": None}),
        httpx.Response(200, json=[]),
    ],
)
def test_whatever_is_no_answer_is_silence(answer):
    ask, _ = asked(answer)
    with pytest.raises(ProviderSilent):
        ask()
