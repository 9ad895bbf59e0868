"""What does not make sense on the command line of a relay to Kafka is one line and exit code 2."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stack import environment, profile

ROOT = Path(__file__).parents[2]
COMMANDS = {
    "catalog": ("-m", "extracted.catalog", "relay"),
    "notifications": ("-m", "extracted.notifications", "relay"),
}


def run(service: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    known = environment.variables(profile.load("test"))
    return subprocess.run(
        [sys.executable, *COMMANDS[service], *arguments],
        cwd=ROOT,
        env={**os.environ, **known, "PORT": "1", **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("service", COMMANDS)
@pytest.mark.parametrize("servers", ["", "nonsense"])
def test_servers_that_make_no_sense(service: str, servers: str) -> None:
    done = run(service, "--to", "kafka", KAFKA_BOOTSTRAP_SERVERS=servers)
    assert done.returncode == 2
    assert "KAFKA_BOOTSTRAP_SERVERS" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("service", COMMANDS)
def test_only_kafka_can_be_ended(service: str) -> None:
    done = run(service, "--end")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "--end is for --to kafka" in done.stderr
