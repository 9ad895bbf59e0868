"""cors, correlation-id and the transformers."""

from typing import Any

_ASKING = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "X-A"}


def test_a_preflight_is_answered_before_anybody_is_asked_for_a_key(world: Any) -> None:
    headers = {"Origin": "https://shop.example", **_ASKING}
    answer = world.ask("cors", method="OPTIONS", headers=headers)
    assert (answer.status_code, answer.content) == (200, b"")
    got = answer.headers
    assert got["Access-Control-Allow-Origin"] == "https://shop.example"
    assert got["Access-Control-Allow-Credentials"] == "true"
    assert got["Access-Control-Allow-Methods"] == "GET,POST"
    assert got["Access-Control-Allow-Headers"] == "X-A"
    assert got["Access-Control-Max-Age"] == "60"
    assert "Origin" in got["Vary"]


def test_another_origin_is_not_allowed(world: Any) -> None:
    headers = {"Origin": "https://evil.example", **_ASKING}
    answer = world.ask("cors", method="OPTIONS", headers=headers)
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_an_answer_says_who_may_read_it(world: Any) -> None:
    answer = world.ask("cors", headers={"Origin": "https://www.shop.example"})
    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == "https://www.shop.example"
    assert answer.headers["Access-Control-Expose-Headers"] == "X-B"


def test_everybody_may_read_where_no_origin_is_named(world: Any) -> None:
    answer = world.ask("cors-any", headers={"Origin": "https://any.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    asked = world.ask("cors-any", method="OPTIONS", headers={"Origin": "https://x.test", **_ASKING})
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert asked.headers["Access-Control-Allow-Headers"] == "X-A"


def test_a_request_gets_an_id_unless_it_has_one(world: Any) -> None:
    made = world.ask("correlated")
    assert made.headers["X-Correlation-ID"] == made.json()["headers"]["x-correlation-id"]
    kept = world.ask("correlated", headers={"X-Correlation-ID": "mine"})
    assert kept.headers["X-Correlation-ID"] == "mine"


def test_headers_and_query_are_transformed_on_the_way_in(world: Any) -> None:
    given = {"X-Bad": "1", "X-Old": "old"}
    seen = world.ask("transformed", "/x?bad=1&good=1", headers=given).json()
    assert "x-bad" not in seen["headers"]
    assert (seen["headers"]["x-old"], seen["headers"]["x-new"]) == ("new", "1")
    assert "bad=" not in seen["path"]
    assert "good=1" in seen["path"]
    assert "added=100%25" in seen["path"]


def test_what_is_there_is_not_added_and_what_is_not_there_not_replaced(world: Any) -> None:
    seen = world.ask("transformed", headers={"X-New": "mine"}).json()["headers"]
    assert seen["x-new"] == "mine"
    assert "x-old" not in seen


def test_headers_are_transformed_on_the_way_out(world: Any) -> None:
    headers = world.ask("transformed").headers
    assert "X-Secret" not in headers
    assert headers["X-Added"] == "50%"
