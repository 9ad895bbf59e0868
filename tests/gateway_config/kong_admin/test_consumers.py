"""Consumers and what they prove themselves with: read, compared, made, and never shown."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from kong_admin import (
    Acl,
    ConflictError,
    Consumer,
    Jwt,
    KeyAuth,
    KongAdmin,
    MissingPluginError,
    Plugin,
    Reference,
    Route,
    State,
    diff,
    load,
    read_state,
    render,
    report,
    sync,
)
from tests.gateway_config.kong_admin.fake_kong import FakeKong

SECRET = "a-key-that-nobody-may-see"
ALICE = Reference(name="alice")
FILE = f"""
_format_version: "3.0"
consumers:
  - username: alice
    custom_id: A1
    keyauth_credentials: [{{key: {SECRET}}}]
    jwt_secrets:
      - {{key: kid-1, algorithm: HS256, secret: {SECRET}-2}}
    acls: [{{group: readers}}]
    plugins: [{{name: rate-limiting, config: {{minute: 5}}}}]
"""


@pytest.fixture
def desired(tmp_path: Path) -> State:
    file = tmp_path / "consumers.yaml"
    file.write_text(FILE)
    return load([file])


def test_credentials_stand_inside_their_consumer(desired: State) -> None:
    assert [entity.label.split(" sha256:")[0] for entity in desired] == [
        "consumer alice",
        "key-auth alice",
        "jwt alice kid-1",
        "acl alice readers",
        "plugin rate-limiting consumer alice",
    ]


def test_consumers_and_their_credentials_are_made_and_then_nothing(
    admin: KongAdmin, kong: FakeKong, desired: State
) -> None:
    assert len(sync(admin, desired).changes) == 5
    assert kong.writes == [
        "PUT /consumers/alice",
        "POST /consumers/alice/key-auth",
        "POST /consumers/alice/jwt",
        "POST /consumers/alice/acls",
        "POST /plugins",
    ]
    assert sync(admin, desired).changes == ()


def test_what_leaves_the_files_leaves_bottom_up(
    admin: KongAdmin, kong: FakeKong, desired: State
) -> None:
    sync(admin, desired)
    kong.calls.clear()
    sync(admin, State())
    assert [call.split("/")[1:][-2] for call in kong.writes] == [
        "plugins", "acls", "jwt", "key-auth", "consumers",
    ]  # fmt: skip
    assert list(read_state(admin)) == []


def test_another_secret_of_the_same_key_is_an_update(
    admin: KongAdmin, kong: FakeKong, desired: State
) -> None:
    sync(admin, desired)
    (jwt,) = desired.jwts
    changed = State.of([*(e for e in desired if e != jwt), jwt.model_copy(update={"secret": "b"})])
    kong.calls.clear()
    sync(admin, changed)
    (write,) = kong.writes
    assert write.startswith("PATCH /consumers/alice/jwt/")
    assert [stored["secret"] for stored in kong.stored["jwts"].values()] == ["b"]


def test_a_secret_that_kong_made_up_is_no_difference(admin: KongAdmin) -> None:
    pem = "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----"
    tags = ("strangler-reference",)
    desired = State(
        consumers=(Consumer(username="alice", tags=tags),),
        jwts=(
            Jwt(consumer=ALICE, key="k", algorithm="RS256", rsa_public_key=f"{pem}\n\n", tags=tags),
        ),
    )
    sync(admin, desired)
    assert sync(admin, desired).changes == ()


def test_credentials_of_others_are_left_alone(admin: KongAdmin, kong: FakeKong) -> None:
    kong.add("/consumers", {"username": "alice"})
    kong.add("/consumers/alice/key-auth", {"key": "theirs"})
    sync(admin, State())
    assert [stored["key"] for stored in kong.stored["key-auths"].values()] == ["theirs"]


def test_a_credential_needs_its_plugin_before_anything_changes(
    admin: KongAdmin, kong: FakeKong, desired: State
) -> None:
    kong.plugins.remove("key-auth")
    with pytest.raises(MissingPluginError, match="key-auth"):
        sync(admin, desired)
    assert kong.writes == []


def test_fields_of_a_consumer_that_we_do_not_know_survive_a_round_trip(
    admin: KongAdmin, kong: FakeKong
) -> None:
    admin.consumers.put("alice", Consumer(username="alice"))
    (stored,) = kong.stored["consumers"].values()
    stored["type"] = 0
    read = admin.consumers.get("alice")
    assert read.extra["type"] == 0
    assert admin.consumers.put("alice", read).extra["type"] == 0


def test_each_kind_of_credential_has_its_list_per_consumer_and_of_all(admin: KongAdmin) -> None:
    for name in ("alice", "bob"):
        admin.consumers.put(name, Consumer(username=name))
        owner = Reference(name=name)
        admin.credentials(name, KeyAuth).create(KeyAuth(consumer=owner, key=f"{name}-key"))
        admin.credentials(name, Acl).create(Acl(consumer=owner, group="g"))
    assert [found.key for found in admin.credentials("bob", KeyAuth).list_all()] == ["bob-key"]
    assert [found.group for found in admin.all_credentials(Acl).list_all()] == ["g", "g"]


def test_no_report_shows_a_secret(desired: State, capsys: pytest.CaptureFixture[str]) -> None:
    live = State.of(
        entity.model_copy(update=dict.fromkeys(entity.hidden, "an-old-secret"))
        if isinstance(entity, Jwt)
        else entity
        for entity in desired
    )
    changes = (*diff(desired=desired, live=State()), *diff(desired=desired, live=live))
    assert changes[-1].differences, "an update is among them"
    told = "\n".join([*report.lines(changes), json.dumps(report.as_json(changes)), repr(desired)])
    assert "secret: (hidden) → (hidden)" in told
    assert SECRET not in told
    assert "an-old-secret" not in told


def test_passwords_in_the_configuration_of_a_plugin_are_not_shown() -> None:
    def plugin(password: str) -> Plugin:
        redis = {"password": password, "host": "h"}
        return Plugin(name="rate-limiting", config={"redis": redis, "minute": 5})

    (change,) = diff(desired=State.of([plugin("new")]), live=State.of([plugin("old")]))
    told = "\n".join(report.lines([change]))
    assert "'password': '(hidden)', 'host': 'h'" in told
    assert "old" not in told


def test_a_refusal_does_not_repeat_the_secret_it_refuses(admin: KongAdmin, desired: State) -> None:
    sync(admin, desired)
    admin.consumers.put("bob", Consumer(username="bob"))
    twice = KeyAuth(consumer=Reference(name="bob"), key=SECRET)
    with pytest.raises(ConflictError) as refused:
        admin.credentials("bob", KeyAuth).create(twice)
    assert "UNIQUE violation" in str(refused.value)
    assert SECRET not in f"{refused.value} {refused.value.body} {refused.value.__cause__}"


def test_a_dump_has_placeholders_for_the_secrets(tmp_path: Path, desired: State) -> None:
    document = render(desired, select_tag="strangler-reference")
    text = yaml.safe_dump(document)
    assert SECRET not in text
    file = tmp_path / "again.yaml"
    file.write_text(text)
    (key,), (jwt,) = (
        document["consumers"][0][kind] for kind in ("keyauth_credentials", "jwt_secrets")
    )
    environ = {key["key"][2:-1]: SECRET, jwt["secret"][2:-1]: f"{SECRET}-2"}
    assert _words(load([file], environ=environ)) == _words(desired)


def test_a_dump_with_secrets_reads_back_as_the_same(tmp_path: Path, desired: State) -> None:
    file = tmp_path / "again.yaml"
    strange = desired.key_auths[0].model_copy(update={"key": "${HOME}"})
    state = State.of([*(e for e in desired if not isinstance(e, KeyAuth)), strange])
    file.write_text(
        yaml.safe_dump(render(state, select_tag="strangler-reference", with_secrets=True))
    )
    assert _words(load([file])) == _words(state)


@pytest.mark.parametrize("key", ["12345", "007", "1e5"])
def test_a_key_from_the_environment_keeps_every_digit(tmp_path: Path, key: str) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(FILE.replace(SECRET, "'${KEY}'", 1))
    assert load([file], environ={"KEY": key}).key_auths[0].key == key


def test_a_route_is_never_open_before_its_service_asks_for_a_token() -> None:
    service = Reference(name="s")
    desired = State(
        consumers=(Consumer(username="alice"),),
        jwts=(Jwt(consumer=ALICE, key="k"),),
        routes=(Route(name="r", service=service, paths=("/r",)),),
        plugins=(
            Plugin(name="jwt", service=service),
            Plugin(name="cors", route=Reference(name="r")),
        ),
    )
    order = [change.entity.label for change in diff(desired=desired, live=State())]
    assert order == [
        "consumer alice", "jwt alice k", "plugin jwt service s", "route r", "plugin cors route r",
    ]  # fmt: skip


def _words(state: State) -> list[dict[str, Any]]:
    return [entity.to_json() | {"kind": entity.kind} for entity in state]
