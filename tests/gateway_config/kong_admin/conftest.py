"""A fake Kong, and a client that talks to it without ever waiting."""

from collections.abc import Iterator

import pytest

from kong_admin import KongAdmin, Retry
from tests.gateway_config.kong_admin.fake_kong import FakeKong


@pytest.fixture
def kong() -> FakeKong:
    return FakeKong()


@pytest.fixture
def admin(kong: FakeKong) -> Iterator[KongAdmin]:
    patient = Retry(wait=lambda seconds: None)
    with KongAdmin("http://kong", transport=kong.transport, retry=patient) as client:
        yield client
