"""The bank's books: each operation once, whatever the line does, and for everybody to look at."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from stack import profile as profiles
from stack import table
from tests.extracted.running import ROOT, until
from tests.free_ports import free_port


class Bank:
    """The process, started over the same books as often as a test wants."""

    def __init__(self, books: Path) -> None:
        self._books = books
        self.port = free_port()
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", timeout=5, trust_env=False
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        folder = str(ROOT / "deploy")
        known = {"PORT": str(self.port), "BANK_DATABASE": str(self._books), "PYTHONPATH": folder}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bank"], env={**os.environ, **known}
        )
        until(self.is_open)

    def is_open(self) -> bool:
        try:
            return self.http.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def end(self, number: int = signal.SIGTERM) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(number)
        code, self._process = self._process.wait(10), None
        return code

    def ask(self, operation_id: object, **changes: Any) -> httpx.Response:
        document = {
            "kind": "authorize",
            "amount": 500,
            "currency": "EUR",
            "card_token": "tok_approve",
        }
        return self.http.put(f"/operations/{operation_id}", json={**document, **changes})

    def charges(self, **query: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.http.get("/charges", params=query).json()["items"]
        return items


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    bank = Bank(tmp_path / "somewhere" / "books.sqlite")
    bank.start()
    yield bank
    bank.end(signal.SIGKILL)
    bank.http.close()


def answers(response: httpx.Response) -> list[tuple[bool, str | None]]:
    return [(answer["accepted"], answer["reason"]) for answer in response.json()["answers"]]


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("tok_approve", [(True, None)]),
        ("tok_decline", [(False, "card_declined")]),
        ("tok_twice", [(True, None), (True, None)]),
        ("tok_stolen", [(False, "unknown_card")]),
    ],
)
def test_a_card_decides_and_is_asked_once(
    bank: Bank, token: str, said: list[tuple[bool, str | None]]
) -> None:
    operation, payment = uuid4(), str(uuid4())
    for _ in range(2):
        found = answers(bank.ask(operation, payment_id=payment, card_token=token))
        assert found == said
    (charge,) = bank.charges()
    assert (charge["authorizations"], charge["asked"]) == (int(said[0][0]), 2)


def test_a_line_that_breaks_has_moved_the_money(bank: Bank) -> None:
    operation, payment = uuid4(), str(uuid4())
    with pytest.raises(httpx.TransportError):
        bank.ask(operation, payment_id=payment, card_token="tok_timeout")
    assert bank.charges(payment_id=payment)[0]["authorizations"] == 1
    assert answers(bank.ask(operation, payment_id=payment, card_token="tok_timeout")) == [
        (True, None)
    ]
    assert bank.charges(payment_id=payment)[0]["authorizations"] == 1


def test_what_was_answered_is_known_after_a_crash(bank: Bank) -> None:
    operation, payment = uuid4(), str(uuid4())
    bank.ask(operation, payment_id=payment)
    capture = uuid4()
    bank.ask(capture, payment_id=payment, kind="capture")
    bank.end(signal.SIGKILL)
    bank.start()
    assert answers(bank.ask(capture, payment_id=payment, kind="capture")) == [(True, None)]
    (charge,) = bank.charges()
    assert (charge["captures"], charge["captured"], charge["asked"]) == (1, 500, 3)


def test_many_at_once_with_one_id_charge_once(bank: Bank) -> None:
    operation, payment, found = uuid4(), str(uuid4()), []

    def ask() -> None:
        found.append(
            httpx.put(
                f"http://127.0.0.1:{bank.port}/operations/{operation}",
                json={
                    "payment_id": payment,
                    "kind": "authorize",
                    "amount": 1,
                    "currency": "EUR",
                    "card_token": "tok_approve",
                },
            ).status_code
        )

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == [200] * 10
    assert [(c["authorizations"], c["asked"]) for c in bank.charges()] == [(1, 10)]


def test_a_second_id_is_a_second_charge_and_the_books_show_it(bank: Bank) -> None:
    payment = str(uuid4())
    bank.ask(uuid4(), payment_id=payment)
    for _ in range(2):
        bank.ask(uuid4(), payment_id=payment, kind="capture")
    (charge,) = bank.charges()
    assert (charge["captures"], charge["captured"]) == (2, 1000)


def test_it_is_late_as_told(bank: Bank) -> None:
    assert bank.http.put("/lateness", json={"seconds": 30}).json() == {"seconds": 30.0}
    payment = str(uuid4())
    with pytest.raises(httpx.ReadTimeout):
        bank.http.put(
            f"/operations/{uuid4()}",
            json={
                "payment_id": payment,
                "kind": "authorize",
                "amount": 1,
                "currency": "EUR",
                "card_token": "tok_approve",
            },
            timeout=0.5,
        )
    assert bank.charges(payment_id=payment)[0]["authorizations"] == 1
    bank.http.put("/lateness", json={"seconds": 0})
    assert bank.ask(uuid4(), payment_id=payment).status_code == 200


def test_nothing_moves_without_an_authorization(bank: Bank) -> None:
    said = answers(bank.ask(uuid4(), payment_id=str(uuid4()), kind="capture"))
    assert said == [(False, "unknown_payment")]
    assert bank.charges()[0]["captures"] == 0


def test_an_id_is_for_one_thing_only(bank: Bank) -> None:
    operation, payment = uuid4(), str(uuid4())
    bank.ask(operation, payment_id=payment)
    assert bank.ask(operation, payment_id=payment, amount=501).status_code == 409


@pytest.mark.parametrize(
    "wrong", [{"amount": 0}, {"amount": "5"}, {"kind": "steal"}, {"payment_id": "me"}]
)
def test_what_makes_no_sense_is_not_done(bank: Bank, wrong: dict[str, Any]) -> None:
    asked = {"payment_id": str(uuid4()), **wrong}
    assert bank.ask(uuid4(), **asked).status_code == 400
    assert bank.charges() == []


def test_the_books_are_shown_page_by_page(bank: Bank) -> None:
    payments = [str(uuid4()) for _ in range(5)]
    for payment in payments:
        bank.ask(uuid4(), payment_id=payment)
    seen, after = [], 0
    while after is not None:
        page = bank.http.get("/charges", params={"after": after, "limit": 2}).json()
        seen += [item["payment_id"] for item in page["items"]]
        after = page["next"]
    assert seen == payments


def test_it_leaves_when_told(bank: Bank) -> None:
    assert bank.end() == 0


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "BANK_DATABASE is not set"),
        ({"BANK_DATABASE": "books"}, "PORT must be a number from 1 to 65535, not ''"),
        (
            {"BANK_DATABASE": "books", "PORT": "abc"},
            "PORT must be a number from 1 to 65535, not 'abc'",
        ),
    ],
)
def test_a_variable_that_is_wrong_is_one_line(
    variables: dict[str, str], said: str, tmp_path: Path
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "bank"],
        env={"PYTHONPATH": str(ROOT / "deploy"), **variables},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (2, f"bank: {said}\n")


def test_the_stack_runs_it_and_tells_both_sides_where() -> None:
    from stack import environment

    profile = profiles.load(profiles.Kind.TEST)
    (port,) = table.named(profile, "bank").ports
    assert environment.variables(profile)["BANK_URL"] == f"http://127.0.0.1:{port}"
