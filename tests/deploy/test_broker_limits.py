"""The broker has the same limits on one machine and in a container."""

from pathlib import Path

from stack import rabbitmq
from stack.profile import ROOT, Kind, Profile

IN_A_CONTAINER = ROOT / "deploy" / "containers" / "rabbitmq.conf"


def limits(text: str) -> set[str]:
    """The settings that say how much the broker may take."""
    kinds = ("vm_memory", "disk_free", "tcp_listen_options")
    return {line for line in text.splitlines() if line.startswith(kinds)}


def test_a_container_is_limited_as_the_broker_of_one_machine_is(tmp_path: Path) -> None:
    profile = Profile(kind=Kind.TEST, root=tmp_path, state=tmp_path / ".run", base=22000)
    profile.state.mkdir()
    rabbitmq.prepare(profile)
    here = (rabbitmq.home(profile) / "rabbitmq.conf").read_text()
    assert limits(here) == limits(IN_A_CONTAINER.read_text())
    assert any("sndbuf" in line for line in limits(here))
