"""`manage.py rotate_key` of the monolith, and the gateway's keys after it, while callers knock."""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import jwt
import pytest
from django.core.management import call_command
from django.utils import timezone

from kong_admin import KongAdmin, load, sync
from kong_admin.__main__ import main
from monolith.customers import keys, models, tokens
from tests.gateway_config.conformance.echo import echoes
from tests.gateway_config.conformance.embedded import running
from tests.gateway_config.kong_admin.declared import ENVIRON, FILES
from tests.gateway_config.kong_admin.issuer import serving

pytestmark = pytest.mark.django_db
POLICY = FILES.parent / "policy" / "identity.yaml"


@pytest.fixture
def proxy(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with running(tmp_path) as (admin, proxy), echoes(1, host="127.0.0.1") as (backend,):
        monkeypatch.setenv("KONG_ADMIN_URL", admin)
        monkeypatch.setenv("KONG_PROXY_URL", proxy)
        target = {"MONOLITH_TARGET": f"127.0.0.1:{backend.server_port}"}
        with KongAdmin(admin) as client:
            sync(client, load([FILES, POLICY], environ=ENVIRON | target))
        yield proxy


class Monolith:
    """Its keys and tokens; what threads ask for is made by the test's own, which has the rows."""

    def __init__(self) -> None:
        self._customer = models.Customer(id=uuid.uuid4(), roles=[])
        self.sign_in()
        self.publish()

    def sign_in(self) -> str:
        self.token = tokens.access_token(self._customer)
        return kid_of(self.token)

    def publish(self) -> list[str]:
        self.document = keys.published().model_dump()
        return [key["kid"] for key in self.document["keys"]]


@pytest.mark.slow
def test_the_monoliths_key_is_rotated_without_a_failed_request(proxy: str) -> None:
    monolith, stop = Monolith(), threading.Event()
    seen = [Counter[tuple[str, int]]() for _ in range(3)]

    def knock(mine: Counter[tuple[str, int]]) -> None:
        with httpx.Client(base_url=proxy, timeout=10) as http:
            while not stop.is_set():
                token = monolith.token
                answer = http.get("/api/v1/orders", headers={"Authorization": f"Bearer {token}"})
                mine[kid_of(token), answer.status_code] += 1

    with serving(lambda: monolith.document) as url, ThreadPoolExecutor(3) as pool:
        command = ["keys", "sync", "--jwks", url]
        assert main(command) == 0
        knocking = [pool.submit(knock, mine) for mine in seen]
        try:
            old = kid_of(monolith.token)
            until_all_use(old, seen)
            call_command("rotate_key", verbosity=0)
            assert len(monolith.publish()) == 2
            assert main(command) == 0
            # The time comes in which the new key signs.
            models.SigningKey.objects.filter(verifies_until=None).update(signs_from=timezone.now())
            keys.forget()
            new = monolith.sign_in()
            until_all_use(new, seen)
            # And the one in which the last token of the old key has ended.
            ended = timezone.now() - timedelta(seconds=1)
            models.SigningKey.objects.filter(kid=old).update(verifies_until=ended)
            assert monolith.publish() == [new]
            assert main(command) == 0
        finally:
            stop.set()
        for thread in knocking:
            thread.result(10)
    total = sum(seen, Counter())
    assert {status for _, status in total} == {200}, total
    assert {kid for kid, _ in total} == {old, new}


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def until_all_use(kid: str, seen: list[Counter[tuple[str, int]]]) -> None:
    deadline = time.monotonic() + 30
    while not all(sum(mine[kid, status] for status in (200, 401)) >= 10 for mine in seen):
        assert time.monotonic() < deadline, "nobody is answered"
        time.sleep(0.01)
