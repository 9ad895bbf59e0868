"""Off, tracing costs a look at the environment; on, a span knows whose it is."""

import subprocess
import sys

import pytest

from handover import tracing

SENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(tracing.ENDPOINT, raising=False)


def test_only_what_is_well_formed_is_carried_on() -> None:
    assert tracing.is_well_formed(f"00-{'a' * 32}-{'b' * 16}-01")
    for malformed in (
        "",
        "é",
        "00-a-b-01",
        f"00-{'A' * 32}-{'b' * 16}-01",
        f"00-{'a' * 32}-{'b' * 16}-01x",
    ):
        assert not tracing.is_well_formed(malformed)


def test_off_what_was_sent_is_carried_on_as_it_came(off: None) -> None:
    with tracing.span("anything", kind="server", parent=SENT) as span:
        span.update_name("else")
        span.set_attribute("a", 1)
        assert tracing.current(SENT) == SENT
        assert tracing.current() is None
        assert tracing.headers() == {}
    with tracing.beside("anything", parents=[SENT, None]):
        pass


def test_off_nothing_of_opentelemetry_is_loaded(off: None) -> None:
    code = (
        "import sys; from handover import tracing, relay\n"
        "with tracing.span('x', kind='server'): tracing.end()\n"
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == 0


def test_on_a_span_is_within_what_was_sent_and_what_is_sent_on_is_within_the_span() -> None:
    code = (
        "from handover import tracing\n"
        f"with tracing.span('a', kind='server', parent={SENT!r}):\n"
        "    outer = tracing.current()\n"
        "    with tracing.span('b', kind='client'): inner = tracing.headers()['traceparent']\n"
        "    assert tracing.current() == outer\n"
        f"sent = {SENT!r}\n"
        "assert outer[:35] == inner[:35] == sent[:35], (outer, inner)\n"
        "assert len({sent, outer, inner}) == 3\n"
        "assert tracing.current() is None\n"
    )
    # Nobody is there: what cannot be sent is dropped, and the process goes on.
    variables = {tracing.ENDPOINT: "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=variables, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
