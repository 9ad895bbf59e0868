"""The first step of the runbook restore: who writes is stopped, who carries goes on, and both come back."""

import httpx
import pytest

from stack import profile as profiles
from stack import status
from stack.profile import Kind
from tests.conftest import ROOT, System
from tests.docs.typed_blocks import shown_lines
from tests.e2e.conftest import People

((STOP,), *_) = shown_lines(ROOT / "migration-plan" / "runbooks" / "restore.md")
# Whom the commands of the page need.
NEEDED = {
    *("postgresql", "rabbitmq", "gateway-admin", "gateway-envoy"),
    *("monolith-relay", "monolith-applier", "catalog-relay", "catalog-applier"),
}


def ready() -> dict[str, bool]:
    """Whether each program of the tests' system is."""
    return {line.process: line.ready for line in status.lines(profiles.load(Kind.TEST))}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_writers_stop_and_what_carries_goes_on(system: System, people: People) -> None:
    people.go_home()
    module, *words = STOP.split()[2:]
    names = set(words[1:])
    try:
        system.run(module, words[0], "--profile", "test", *words[1:])
        states = ready()
        assert {name for name, is_ready in states.items() if not is_ready} == names
        assert names.isdisjoint(NEEDED)
        assert states.keys() >= NEEDED
        assert httpx.get(f"{system.gateway}/api/v1/products?limit=1").status_code >= 500
    finally:
        # "`python -m stack up` lets the writers write again".
        system.run("stack", "up", "--profile", "test", timeout_s=300)
    assert all(ready().values())
    people.place_an_order()
