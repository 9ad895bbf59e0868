"""Servers for the whole suite: one PostgreSQL and one RabbitMQ, real, started once."""

from collections.abc import Iterator

import pytest

from stack import testing


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, str]]:
    with testing.servers() as variables:
        yield variables
