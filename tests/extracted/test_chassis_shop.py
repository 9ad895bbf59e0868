"""What a service asks the shop: few questions, asked twice, and an honest answer when nobody answers."""

import socket
from collections.abc import Iterator

import pytest

from extracted.chassis.logging import correlation_id
from extracted.chassis.shop import TRIES, Shop
from extracted.contracts.problems import ProblemError
from tests.extracted.inventory.front import Front


@pytest.fixture
def front() -> Iterator[Front]:
    front = Front()
    yield front
    front.close()


@pytest.fixture
def shop(front: Front) -> Iterator[Shop]:
    shop = Shop(front.url)
    yield shop
    shop.close()


def test_there_is_something_or_there_is_not(shop: Shop, front: Front) -> None:
    front.known.add("bear")
    assert shop.has("/api/v1/products/bear") is True
    assert shop.has("/api/v1/products/ball") is False
    assert len(front.asked) == 2


def test_a_question_says_to_which_work_it_belongs(shop: Shop, front: Front) -> None:
    token = correlation_id.set("abc")
    shop.has("/x")
    correlation_id.reset(token)
    shop.has("/x")
    headers = [dict(headers) for _, headers in front.asked]
    assert [said.get("X-Correlation-ID") for said in headers] == ["abc", None]


def test_a_shop_that_stumbles_is_asked_again_and_no_more(shop: Shop, front: Front) -> None:
    front.known.add("bear")
    front.away_for = TRIES - 1
    assert shop.has("/api/v1/products/bear") is True
    front.asked.clear()
    front.away_for = 100
    with pytest.raises(ProblemError) as refusal:
        shop.has("/api/v1/products/bear")
    assert len(front.asked) == TRIES
    assert (refusal.value.kind, refusal.value.status) == ("unavailable", 503)
    assert refusal.value.headers == {"Retry-After": "1"}


def test_a_shop_that_is_not_there_is_not_a_missing_product() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    shop = Shop(f"http://127.0.0.1:{port}")
    with pytest.raises(ProblemError, match="unavailable"):
        shop.has("/api/v1/products/bear")
    shop.close()
