"""Money at the service: the bank may answer late or twice, and is charged once whatever breaks."""

import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from psycopg import errors

from extracted.contracts.payments import (
    Payment,
    PaymentChanged,
    PaymentDeclined,
    PaymentNotFound,
    PaymentRefused,
    PaymentUncertain,
    error_of,
)
from extracted.contracts.rpc import Reply
from extracted.contracts.values import Money
from extracted.payments import asking, store
from extracted.payments.bank import Answer, Question
from extracted.payments.migrate import migrate
from handover.process import connect_database
from stack import testing
from tests.extracted.rpc import call
from tests.extracted.running import Program, Start, until

SERVICE = ("-m", "extracted.payments")
UNEVEN = "SELECT operation_id FROM payments.entry GROUP BY operation_id, currency HAVING sum(amount) <> 0"


@pytest.fixture(scope="module")
def home(servers: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """A migrated database of payments of our own."""
    with testing.scratch_database("payments") as variables:
        migrate(variables["PAYMENTS_OWNER_DATABASE_URL"])
        yield variables


@pytest.fixture
def owner(home: Mapping[str, str]) -> Iterator[psycopg.Connection]:
    """The owner of the schema, at the service's database, which owns; everything is emptied afterwards."""
    with psycopg.connect(home["PAYMENTS_OWNER_DATABASE_URL"], autocommit=True) as connection:
        own(connection, mode="OWNER")
        yield connection
        assert connection.execute(UNEVEN).fetchall() == []
        own(connection, mode="OWNER")
        connection.execute(
            "TRUNCATE payments.payment, payments.operation, payments.entry, handover.outbox"
        )


def own(connection: psycopg.Connection, *, mode: str, epoch: int = 2) -> None:
    connection.execute(
        "UPDATE handover.ownership SET mode = %s, epoch = %s, capture = true", (mode, epoch)
    )


@dataclass
class Bank:
    """The bank's process, and what its books say."""

    program: Program

    def be_late(self, seconds: float) -> None:
        self.program.http.put("/lateness", json={"seconds": seconds}).raise_for_status()

    def charges(self, payment_id: object) -> dict[str, Any]:
        found = self.program.http.get("/charges", params={"payment_id": str(payment_id)})
        items: list[dict[str, Any]] = found.json()["items"]
        return items[0] if items else {"authorizations": 0, "captures": 0, "captured": 0}


@pytest.fixture(scope="module")
def open_bank(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """One bank for all: it knows payments by ids that no two tests share."""
    books = tmp_path_factory.mktemp("bank") / "books.sqlite"
    program = start("-m", "bank", BANK_DATABASE=str(books))
    yield Bank(program)
    program.stop()


@pytest.fixture
def bank(open_bank: Bank) -> Iterator[Bank]:
    """The bank, in time again after each test."""
    yield open_bank
    open_bank.be_late(0)


@dataclass
class Till:
    """Asks the service over RPC, and raises what it refuses with."""

    broker: str
    payment_id: uuid.UUID = field(default_factory=uuid.uuid4)
    order_id: uuid.UUID = field(default_factory=uuid.uuid4)

    def ask(self, method: str, **arguments: Any) -> Any:
        envelope = call(self.broker, f"payments.{method}", **arguments)
        assert envelope["error"] is None, envelope
        reply = Reply.model_validate(envelope["result"])
        if reply.refusal:
            raise error_of(reply.refusal) or AssertionError(reply.refusal.kind)
        return reply.value

    def authorize(self, token: str = "tok_approve", amount: int = 1000, **changes: Any) -> Payment:
        wanted = {
            "payment_id": str(self.payment_id),
            "order_id": str(self.order_id),
            "amount": {"amount": amount, "currency": "EUR"},
            "card_token": token,
        }
        return Payment.model_validate(self.ask("authorize", **wanted | changes))

    def capture(self) -> Payment:
        return Payment.model_validate(self.ask("capture", payment_id=str(self.payment_id)))

    def void(self) -> Payment:
        return Payment.model_validate(self.ask("void", payment_id=str(self.payment_id)))

    def refund(self, amount: int, *, refund_id: object, currency: str = "EUR") -> Payment:
        money = {"amount": amount, "currency": currency}
        wanted = {"payment_id": str(self.payment_id), "refund_id": str(refund_id), "amount": money}
        return Payment.model_validate(self.ask("refund", **wanted))

    def of_order(self) -> list[Payment]:
        found = self.ask("of_order", order_id=str(self.order_id))
        return [Payment.model_validate(item) for item in found]


Run = Callable[..., Program]


@pytest.fixture
def run(
    start: Start, home: Mapping[str, str], owner: psycopg.Connection, vhost: str, bank: Bank
) -> Iterator[Run]:
    """Start a process of payments, with a broker of this test."""
    programs: list[Program] = []

    def run(role: str, **variables: str) -> Program:
        known = {
            **home,
            "AMQP_URL": vhost,
            "BANK_URL": bank.program.url,
            "BANK_TIMEOUT_S": "5",
            **variables,
        }
        programs.append(start(*SERVICE, role, **known))
        return programs[-1]

    yield run
    for program in programs:
        program.stop()


@pytest.fixture
def till(vhost: str) -> Till:
    return Till(vhost)


def balances(owner: psycopg.Connection) -> dict[str, int]:
    query = "SELECT account, sum(amount)::bigint FROM payments.entry GROUP BY account"
    return {account: total for account, total in owner.execute(query) if total}


def facts(owner: psycopg.Connection) -> list[tuple[str, PaymentChanged]]:
    query = "SELECT event, payload FROM handover.outbox WHERE kind = 'fact' ORDER BY id"
    return [(event, PaymentChanged.model_validate(said)) for event, said in owner.execute(query)]


def test_a_payment_is_authorized_captured_and_refunded_in_parts(
    run: Run, till: Till, owner: psycopg.Connection, bank: Bank
) -> None:
    run("serve")
    assert (till.authorize().status, till.authorize().version) == ("authorized", 2)
    assert balances(owner) == {"reserved_at_provider": 1000, "reserved_for_orders": -1000}
    assert [till.capture().status for _ in range(2)] == ["captured", "captured"]
    first = uuid.uuid4()
    assert [till.refund(300, refund_id=first).refunded.amount for _ in range(2)] == [300, 300]
    assert till.refund(700, refund_id=uuid.uuid4()).status == "refunded"
    assert balances(owner) == {"refunds": 1000, "sales": -1000}
    assert [payment.status for payment in till.of_order()] == ["refunded"]
    charged = bank.charges(till.payment_id)
    assert [charged[kind] for kind in ("authorizations", "captures", "refunds")] == [1, 1, 2]
    assert (charged["captured"], charged["refunded"], charged["asked"]) == (1000, 1000, 4)


def test_each_change_is_told_with_both_rows_and_the_booking(
    run: Run, till: Till, owner: psycopg.Connection
) -> None:
    run("serve")
    till.authorize()
    till.capture()
    told = facts(owner)
    done = ("authorized", "captured")
    assert [event for event, _ in told] == [f"payment_{s}" for p in done for s in ("asked", p)]
    for _, fact in told:
        payment, operation = (row.image for row in fact.rows)
        assert payment.id == till.payment_id
        assert operation.payment_id == till.payment_id  # type: ignore[union-attr]
    operations = [fact.rows[1].image for _, fact in told]
    assert [len(o.entries) for o in operations] == [0, 2, 0, 4]  # type: ignore[union-attr]
    assert [o.version for o in operations] == [1, 2, 1, 2]
    assert [fact.payment.version for _, fact in told] == [1, 2, 2, 3]


@pytest.mark.parametrize(
    ("token", "reason"), [("tok_decline", "card_declined"), ("tok_none", "unknown_card")]
)
def test_a_declined_card_books_nothing_and_stays_declined(
    run: Run, till: Till, owner: psycopg.Connection, bank: Bank, *, token: str, reason: str
) -> None:
    run("serve")
    for _ in range(2):
        with pytest.raises(PaymentDeclined) as declined:
            till.authorize(token)
        assert declined.value.reason == reason
    assert till.void().status == "declined"
    with pytest.raises(PaymentRefused):
        till.capture()
    assert balances(owner) == {}
    assert bank.charges(till.payment_id)["authorizations"] == 0


def test_a_bank_that_says_everything_twice_is_booked_once(
    run: Run, till: Till, owner: psycopg.Connection
) -> None:
    run("serve")
    till.authorize("tok_twice")
    till.capture()
    assert balances(owner) == {"due_from_provider": 1000, "sales": -1000}
    assert len(facts(owner)) == 4


def test_answers_to_other_questions_alone_leave_it_uncertain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    question = Question(
        operation_id=uuid.uuid4(),
        payment_id=uuid.uuid4(),
        kind="capture",
        amount=Money(amount=1, currency="EUR"),
        card_token="",
    )
    older = Answer(operation_id=uuid.uuid4(), accepted=True, reason=None)
    monkeypatch.setattr(store, "question", lambda *_: question)
    monkeypatch.setattr(asking, "accept", lambda *_: None)
    nobody: Any = None
    till: Any = type("Older", (), {"ask": lambda *_: (older,)})()
    with pytest.raises(PaymentUncertain) as uncertain:
        asking.ask(nobody, till, question.operation_id)
    assert uncertain.value.payment_id == question.payment_id


def test_a_silent_bank_leaves_it_uncertain_and_the_same_id_tells(
    run: Run, till: Till, owner: psycopg.Connection, bank: Bank
) -> None:
    run("serve", BANK_TIMEOUT_S="0.3")
    with pytest.raises(PaymentUncertain) as uncertain:
        till.authorize("tok_timeout")
    assert uncertain.value.payment_id == till.payment_id
    assert [payment.status for payment in till.of_order()] == ["uncertain"]
    assert till.authorize("tok_timeout").status == "authorized"
    bank.be_late(30)
    with pytest.raises(PaymentUncertain):
        till.capture()
    bank.be_late(0)
    assert till.capture().status == "captured"
    assert balances(owner) == {"due_from_provider": 1000, "sales": -1000}
    charged = bank.charges(till.payment_id)
    assert (charged["authorizations"], charged["captures"]) == (1, 1)


def test_whoever_asks_next_settles_what_is_open_first(
    run: Run, till: Till, owner: psycopg.Connection
) -> None:
    run("serve")
    with pytest.raises(PaymentUncertain):
        till.authorize("tok_timeout")
    assert till.void().status == "voided"
    assert balances(owner) == {}


def test_the_chores_finish_what_a_silent_bank_left_open(
    run: Run, till: Till, owner: psycopg.Connection, bank: Bank
) -> None:
    run("serve")
    with pytest.raises(PaymentUncertain):
        till.authorize("tok_timeout")
    run("chores", SETTLE_OLDER_THAN_S="0")
    until(lambda: [payment.status for payment in till.of_order()] == ["authorized"])
    assert bank.charges(till.payment_id)["authorizations"] == 1


def test_an_id_asks_for_one_thing_only(run: Run, till: Till) -> None:
    run("serve")
    till.authorize()
    for changed in ({"amount": 1001}, {"token": "tok_twice"}, {"order_id": str(uuid.uuid4())}):
        with pytest.raises(PaymentRefused):
            till.authorize(**changed)
    till.capture()
    refund_id = uuid.uuid4()
    till.refund(1, refund_id=refund_id)
    with pytest.raises(PaymentRefused):
        till.refund(2, refund_id=refund_id)


def test_no_more_goes_back_than_was_taken_and_not_in_other_money(run: Run, till: Till) -> None:
    run("serve")
    till.authorize()
    with pytest.raises(PaymentRefused):
        till.refund(10, refund_id=uuid.uuid4())
    till.capture()
    for amount, currency in ((0, "EUR"), (1001, "EUR"), (10, "USD")):
        with pytest.raises(PaymentRefused):
            till.refund(amount, refund_id=uuid.uuid4(), currency=currency)
    with pytest.raises(PaymentRefused):
        till.void()


def test_what_nobody_asked_for_is_not_found_and_nothing_costs_nothing(run: Run, till: Till) -> None:
    run("serve")
    for ask in (till.capture, till.void):
        with pytest.raises(PaymentNotFound):
            ask()
    with pytest.raises(PaymentRefused):
        till.authorize(amount=0)
    assert till.of_order() == []


def test_nonsense_is_an_error_of_the_caller(run: Run, vhost: str) -> None:
    run("serve")
    for method, wrong in (
        ("capture", {"payment_id": "mine"}),
        ("of_order", {"order_id": 7}),
    ):
        envelope = call(vhost, f"payments.{method}", **wrong)
        assert envelope["error"] is not None


def test_ten_at_once_with_one_id_pay_once(
    run: Run, till: Till, owner: psycopg.Connection, bank: Bank
) -> None:
    run("serve")
    run("serve")
    found: list[str] = []

    def pay() -> None:
        till.authorize()
        found.append(till.capture().status)

    threads = [threading.Thread(target=pay) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == ["captured"] * 10
    assert balances(owner) == {"due_from_provider": 1000, "sales": -1000}
    charged = bank.charges(till.payment_id)
    assert (charged["authorizations"], charged["captures"]) == (1, 1)


def test_refunds_at_once_never_give_back_more_than_there_was(
    run: Run, till: Till, owner: psycopg.Connection, bank: Bank
) -> None:
    run("serve")
    till.authorize()
    till.capture()
    outcomes: list[str] = []

    def give_back() -> None:
        try:
            till.refund(300, refund_id=uuid.uuid4())
            outcomes.append("done")
        except (PaymentRefused, PaymentUncertain) as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=give_back) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    done = outcomes.count("done")
    assert len(outcomes) == 8
    assert 1 <= done <= 3
    assert balances(owner)["refunds"] == 300 * done == bank.charges(till.payment_id)["refunded"]


def asked_of(till: Till, bank: Bank, ask: Callable[[], object]) -> threading.Thread:
    """Ask in a thread of its own; return when the bank has done it and says nothing yet."""

    def quietly() -> None:
        try:
            ask()
        except (AssertionError, Exception) as error:  # noqa: BLE001 - the test asks what came of it
            outcome.append(error)

    outcome: list[BaseException] = []
    before = bank.charges(till.payment_id).get("asked", 0)
    thread = threading.Thread(target=quietly, daemon=True)
    thread.outcome = outcome  # type: ignore[attr-defined]
    thread.start()
    until(lambda: bank.charges(till.payment_id).get("asked", 0) > before)
    return thread


@pytest.mark.parametrize("again", ["asked again", "left to the chores"])
def test_who_dies_between_the_banks_yes_and_the_books_has_charged_once(
    run: Run, till: Till, owner: psycopg.Connection, bank: Bank, *, again: str
) -> None:
    service = run("serve", BANK_TIMEOUT_S="30")
    bank.be_late(30)
    asked_of(till, bank, till.authorize)
    service.process.kill()
    service.process.wait(10)
    assert balances(owner) == {}
    bank.be_late(0)
    run("serve")
    if again == "asked again":
        # The broker gives the killed worker's request back too: then both ask, and one books.
        assert till.authorize().status == "authorized"
    else:
        run("chores", SETTLE_OLDER_THAN_S="0")
        until(lambda: [payment.status for payment in till.of_order()] == ["authorized"])
    assert balances(owner) == {"reserved_at_provider": 1000, "reserved_for_orders": -1000}
    assert bank.charges(till.payment_id)["authorizations"] == 1


@pytest.mark.slow
def test_without_the_bank_everything_is_uncertain_and_nothing_is_lost(
    run: Run, till: Till, bank: Bank
) -> None:
    service = run("serve", BANK_URL="http://127.0.0.1:9")
    with pytest.raises(PaymentUncertain):
        till.authorize()
    service.stop()
    run("serve")
    assert till.capture().status == "captured"


def test_the_books_are_written_with_ink_and_balance(
    run: Run, till: Till, owner: psycopg.Connection, home: Mapping[str, str]
) -> None:
    run("serve")
    till.authorize()
    with psycopg.connect(home["PAYMENTS_DATABASE_URL"], autocommit=True) as application:
        for sneak in (
            "UPDATE payments.entry SET amount = 2 * amount",
            "DELETE FROM payments.entry",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                application.execute(sneak)
    for wrong in (
        "UPDATE payments.entry SET amount = amount + 1 WHERE amount > 0",
        "DELETE FROM payments.entry WHERE amount > 0",
        "UPDATE payments.operation SET state = 'refused'",
    ):
        with pytest.raises(errors.CheckViolation):
            owner.execute(wrong)


@pytest.mark.slow
@pytest.mark.parametrize("role", ["serve", "relay", "chores"])
def test_each_process_runs_and_leaves(run: Run, role: str) -> None:
    program = run(role)
    started = time.monotonic()
    assert program.stop() == 0
    assert time.monotonic() - started < 5


def test_the_schema_can_be_taken_back_and_made_again(servers: Mapping[str, str]) -> None:
    with testing.scratch_database("payments") as variables:
        url = variables["PAYMENTS_OWNER_DATABASE_URL"]
        made = migrate(url)
        assert [step.replace("+", "-") for step in reversed(made)] == migrate(url, target="zero")
        assert migrate(url) == made
        with connect_database(url, name="test") as connection:
            unfenced = "SELECT handover.unfenced('payments', '%') AS name"
            found = {str(row["name"]) for row in connection.execute(unfenced)}
        assert found == {"payments.migration"}
