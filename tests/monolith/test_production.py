import os
import subprocess
import sys

import pytest

from extracted.contracts.http import SECURITY_HEADERS

SECRETS = {
    "DJANGO_SECRET_KEY": "long-enough-and-with-many-different-characters-0123456789",
    "AUTH_MASTER_KEY": "long-enough-and-with-many-different-characters-0123456789",
}


def check(**variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monolith.manage", "check", "--deploy", "--fail-level", "WARNING"],
        env={
            **os.environ,
            **SECRETS,
            "DJANGO_SETTINGS_MODULE": "monolith.config.settings.production",
            "MONOLITH_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_production_settings_leave_nothing_to_complain_about():
    done = check(ALLOWED_HOSTS="shop.example, www.shop.example")
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_weak_secret_is_complained_about():
    done = check(ALLOWED_HOSTS="shop.example", DJANGO_SECRET_KEY="short")
    assert done.returncode != 0
    assert "security.W009" in done.stderr


def test_production_does_not_start_without_knowing_its_name():
    done = check(ALLOWED_HOSTS="")
    assert done.returncode != 0
    assert "ALLOWED_HOSTS" in done.stderr


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/customers", "/nothing", "/openapi.json"])
def test_every_answer_tells_browsers_to_be_careful(api, path):
    answer = api.get(path)
    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
