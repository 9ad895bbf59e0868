from pathlib import Path

import pytest

from stack import environment, lifecycle, passwords, postgresql
from stack import profile as profiles
from stack.causes import cause
from stack.errors import StackError
from stack.profile import Kind, Profile


@pytest.fixture
def small(tmp_path: Path) -> Profile:
    return Profile(kind=Kind.DEV, root=tmp_path, state=tmp_path, base=18000)


def test_passwords_are_made_once_and_only_their_owner_reads_them(small: Profile) -> None:
    first = passwords.load(small)

    assert passwords.load(small) == first
    assert len(set(first.values())) == len(first)
    assert (small.state / "secrets.env").stat().st_mode & 0o777 == 0o600


def test_a_password_that_is_missing_is_added_and_the_others_stay(small: Profile) -> None:
    first = dict(passwords.load(small))
    file = small.state / "secrets.env"
    file.write_text("\n".join(line for line in file.read_text().split() if "AMQP" not in line))

    second = dict(passwords.load(small))

    assert second.pop("AMQP") != first.pop("AMQP")
    assert second == first


def test_an_access_log_that_has_grown_too_long_is_emptied_at_the_next_start(small: Profile) -> None:
    small.logs.mkdir()
    long, short = small.access_log, small.logs / "gateway-access.jsonl"
    short.write_text("{}\n")
    with long.open("w") as file:
        file.truncate(lifecycle.LONGEST_ACCESS_LOG + 1)

    lifecycle.bound_access_logs(small)

    assert (long.stat().st_size, short.stat().st_size) == (0, 3)


def test_every_address_stays_on_loopback(small: Profile) -> None:
    variables = environment.variables(small)
    addresses = [value for name, value in variables.items() if name.endswith(("URL", "URLS"))]

    assert addresses
    assert all("127.0.0.1:18" in address for address in addresses)


@pytest.mark.parametrize("text", ["", "many", "80", "40000", "-1"])
def test_a_port_base_that_cannot_work_is_refused(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STACK_PORT_BASE", text)
    with pytest.raises(StackError, match="STACK_PORT_BASE"):
        profiles.load(Kind.DEV)


def test_the_cluster_moves_out_of_a_clone_whose_path_is_too_long_for_a_socket(
    tmp_path: Path,
) -> None:
    state = tmp_path / ("long" * 20)
    deep = Profile(kind=Kind.DEV, root=tmp_path, state=state, base=18000)

    assert postgresql.data(deep).parent == Path("/var/tmp")
    assert len(str(deep.socket)) < 107


def test_the_profile_a_process_was_given_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIR", str(profiles.ROOT / ".run/test"))
    assert profiles.current().kind is Kind.TEST
    monkeypatch.delenv("STATE_DIR")
    assert profiles.current().kind is Kind.DEV


@pytest.mark.parametrize(
    ("log", "line"),
    [
        ("", "without a word"),
        ("starting\nbye\n", "bye"),
        ("FATAL: no such file\nHINT: look\n\n", "FATAL: no such file"),
        ("Traceback\n  raise\nValueError: no\n", "ValueError: no"),
    ],
)
def test_the_line_that_complains_is_the_cause(log: str, line: str) -> None:
    assert cause(log) == line


@pytest.mark.parametrize(
    "name", ["PGHOST", "DJANGO_DEBUG", "AUTH_REQUIRED", "COVERAGE_PROCESS_START"]
)
def test_what_would_lead_our_programs_elsewhere_is_not_inherited(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "elsewhere")
    assert name not in environment.inherited()
    assert "PATH" in environment.inherited()
