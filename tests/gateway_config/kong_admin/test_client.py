"""The client against Kong's ways of keeping, listing and refusing."""

import httpx
import pytest

from kong_admin import (
    ConflictError,
    InvalidEntityError,
    KongAdmin,
    NotFoundError,
    Reference,
    Route,
    Service,
    Target,
    UnexpectedAnswerError,
    Upstream,
)
from tests.gateway_config.kong_admin.fake_kong import FakeKong


def orders(**fields: object) -> Service:
    return Service.from_json({"name": "orders", "host": "orders.local"} | fields)


def test_ping_tells_version_database_and_plugins(admin: KongAdmin) -> None:
    node = admin.ping()
    assert (node.version, node.database, node.is_writable) == ("3.9.3", "postgres", True)
    assert "prometheus" in (node.plugins or ())


def test_put_by_name_makes_and_then_replaces(admin: KongAdmin) -> None:
    made = admin.services.put("orders", orders(retries=1))
    again = admin.services.put("orders", orders())
    assert again.id == made.id
    assert again.retries == 5, "what a PUT leaves out goes back to Kong's default"


def test_patch_changes_only_what_it_names(admin: KongAdmin) -> None:
    admin.services.put("orders", orders(retries=1))
    assert admin.services.patch("orders", {"port": 8080}).retries == 1


def test_fields_we_do_not_know_survive_a_round_trip(admin: KongAdmin, kong: FakeKong) -> None:
    admin.services.put("orders", orders())
    (stored,) = kong.stored["services"].values()
    stored["of_the_future"] = True
    read = admin.services.get("orders")
    assert read.extra["of_the_future"] is True
    assert admin.services.put("orders", read).extra["of_the_future"] is True


def test_a_post_of_the_same_target_twice_is_a_conflict(admin: KongAdmin) -> None:
    admin.upstreams.create(Upstream(name="u"))
    target = Target(upstream=Reference(name="u"), target="10.0.0.1:80")
    admin.targets("u").create(target)
    with pytest.raises(ConflictError) as conflict:
        admin.targets("u").create(target)
    assert conflict.value.code == 5


def test_put_never_makes_a_target(admin: KongAdmin) -> None:
    admin.upstreams.create(Upstream(name="u"))
    with pytest.raises(NotFoundError):
        admin.targets("u").put(
            "10.0.0.1:80", Target(upstream=Reference(name="u"), target="10.0.0.1:80")
        )


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("127.0.0.1", "127.0.0.1:8000"),
        ("[::1]:80", "[0000:0000:0000:0000:0000:0000:0000:0001]:80"),
        ("catalog:8000", "catalog:8000"),
    ],
)
def test_a_target_is_found_under_the_address_that_kong_stores(
    admin: KongAdmin, written: str, stored: str
) -> None:
    admin.upstreams.create(Upstream(name="u"))
    target = Target(upstream=Reference(name="u"), target=written)
    admin.targets("u").create(target)
    assert target.target == stored
    assert admin.targets("u").patch(target.target, {"weight": 7}).weight == 7


def test_deleting_what_is_not_there_is_no_error_for_any_kind(admin: KongAdmin) -> None:
    admin.upstreams.create(Upstream(name="u"))
    admin.services.delete("nobody")
    admin.targets("u").delete("10.0.0.1:80")


def test_a_service_with_routes_is_not_deleted(admin: KongAdmin) -> None:
    admin.services.put("orders", orders())
    admin.routes.put("r", Route(name="r", service=Reference(name="orders"), paths=("/",)))
    with pytest.raises(InvalidEntityError) as refused:
        admin.services.delete("orders")
    assert refused.value.code == 4


def test_kongs_message_per_field_is_kept(admin: KongAdmin) -> None:
    admin.upstreams.create(Upstream(name="u"))
    admin.targets("u").create(Target(upstream=Reference(name="u"), target="10.0.0.1:80"))
    with pytest.raises(InvalidEntityError) as refused:
        admin.targets("u").patch("10.0.0.1:80", {"weight": "7"})
    assert refused.value.fields == {"weight": "expected an integer"}
    assert "schema violation" in str(refused.value)


def test_every_page_of_every_list_is_read(admin: KongAdmin, kong: FakeKong) -> None:
    kong.page_size = 2
    admin.upstreams.create(Upstream(name="u"))
    for number in range(5):
        admin.services.put(f"s{number}", orders(name=f"s{number}"))
        kong.add("/upstreams/u/targets", {"target": f"10.0.0.{number}:80"})
    assert len(admin.services.list_all()) == 5
    kong.queries.clear()
    assert len(admin.targets("u").list_all()) == 5
    assert [query.get("offset") for query in kong.queries] == [None, "2", "4"]
    assert {query["size"] for query in kong.queries} == {"1000"}, "Kong's `next` forgets the size"


def test_an_empty_page_is_not_the_end(admin: KongAdmin, kong: FakeKong) -> None:
    admin.services.put("orders", orders())
    kong.empty_first_page = True
    assert [service.name for service in admin.services.list_all()] == ["orders"]


def test_tags_are_compared_here_because_kong_ignores_them_for_targets(
    admin: KongAdmin, kong: FakeKong
) -> None:
    admin.upstreams.create(Upstream(name="u"))
    kong.add("/upstreams/u/targets", {"target": "10.0.0.1:80", "tags": ["ours"]})
    kong.add("/upstreams/u/targets", {"target": "10.0.0.2:80"})
    assert [t.target for t in admin.targets("u").list_all(tags=["ours"])] == ["10.0.0.1:80"]


def test_pages_that_go_in_a_circle_are_refused(admin: KongAdmin, kong: FakeKong) -> None:
    kong.outage = lambda request: httpx.Response(200, json={"data": [], "next": "/services"})
    with pytest.raises(UnexpectedAnswerError, match="circle"):
        admin.services.list_all()
