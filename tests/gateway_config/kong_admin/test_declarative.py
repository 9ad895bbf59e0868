"""Files become entities, or every mistake is named with its file and its place."""

from pathlib import Path

import pytest
import yaml

from kong_admin import DeclarationError, State, load, render

HEAD = '_format_version: "3.0"\n'


def write(folder: Path, text: str, name: str = "kong.yaml") -> Path:
    file = folder / name
    file.write_text(HEAD + text, encoding="utf-8")
    return file


def test_nested_entities_know_whose_they_are_and_all_get_the_select_tag(tmp_path: Path) -> None:
    state = load([write(tmp_path, """
services:
  - name: orders
    host: orders
    plugins: [{name: prometheus}]
    routes: [{name: orders, paths: [/orders], plugins: [{name: key-auth}]}]
upstreams:
  - name: orders
    targets: [{target: 127.0.0.1, weight: 1, tags: [mine]}]
plugins: [{name: correlation-id}]
""")], select_tag="ours")  # fmt: skip
    assert [entity.label for entity in state] == [
        "upstream orders",
        "target orders 127.0.0.1:8000",
        "service orders",
        "route orders",
        "plugin prometheus service orders",
        "plugin key-auth route orders",
        "plugin correlation-id",
    ]
    assert all("ours" in entity.tags for entity in state)
    assert state.targets[0].tags == ("ours", "mine")


def test_a_plugin_may_name_a_service_of_another_file(tmp_path: Path) -> None:
    text = '_format_version: "3.0"\nplugins: [{name: proxy-cache, service: shop}]\n'
    (tmp_path / "cache.yaml").write_text(text)
    (plugin,) = load([tmp_path]).plugins
    assert str(plugin.service) == "shop"
    (tmp_path / "cache.yaml").write_text(text.replace("shop", "{name: shop}"))
    with pytest.raises(DeclarationError, match="service"):
        load([tmp_path])


def test_the_files_of_a_folder_are_one_state(tmp_path: Path) -> None:
    write(tmp_path, "services: [{name: a, host: x}]", "a.yaml")
    write(tmp_path, "services: [{name: b, host: x}]", "b.yml")
    assert [service.name for service in load([tmp_path]).services] == ["a", "b"]


def test_placeholders_come_from_the_environment(tmp_path: Path) -> None:
    file = write(
        tmp_path, "services: [{name: a, host: '${HOST}.local', port: '${PORT}', path: '/$${x}'}]"
    )
    (service,) = load([file], environ={"HOST": "h", "PORT": "8080"}).services
    assert (service.host, service.port, service.path) == ("h.local", 8080, "/${x}")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "services: [{name: a, host: '${NOBODY_SET_THIS}'}]",
            "services[0].host: the environment has no NOBODY_SET_THIS",
        ),
        (
            "services: [{name: a, host: x, retriess: 1}]",
            "services[0].retriess: is not known here (did you mean retries?)",
        ),
        ("vaults: []", "vaults: is not known here"),
        ("consumers: [{custom_id: a}]", "consumers[0].username: is missing"),
        (
            "consumers: [{username: a, jwt_secrets: [{key: k, algorithm: none}]}]",
            "consumers[0].jwt_secrets[0].algorithm: input should be 'HS256'",
        ),
        (
            "consumers: [{username: a, acls: [{group: g}, {group: g}]}]",
            "consumers[0].acls[1]: acl a g is already declared at consumers[0].acls[0]",
        ),
        (
            "services: [{name: a, host: x, retries: '1'}]",
            "services[0].retries: input should be a valid integer",
        ),
        (
            "services: [{name: a, host: x, routes: [{name: r, methods: GET, paths: [/]}]}]",
            "services[0].routes[0].methods: input should be a valid tuple",
        ),
        (
            "services: [{name: a, host: x, routes: [{name: r}]}]",
            "services[0].routes[0]: needs at least one of paths",
        ),
        (
            "services: [{name: a, host: x, routes: [{paths: [/]}]}]",
            "services[0].routes[0].name: is missing",
        ),
        ("services: [{name: a}]", "services[0].host: field required"),
        ("services: [{name: a, host: x, id: y}]", "services[0].id: is not known here"),
        ("services: {name: a}", "services: must be a list"),
        ("services: [a]", "services[0]: must be a mapping"),
        (
            "upstreams: [{name: u, targets: [{target: 'x:y'}]}]",
            "upstreams[0].targets[0].target: 'x:y' is not host:port",
        ),
        (
            "upstreams: [{name: u, targets: [{target: 'x:1', weight: 1.5}]}]",
            "upstreams[0].targets[0].weight: input should be a valid integer",
        ),
        (
            "upstreams: [{name: u, targets: [{target: 'x:1', weight: 65536}]}]",
            "upstreams[0].targets[0].weight: input should be less than",
        ),
        (
            "upstreams: [{name: u}, {name: u}]",
            "upstreams[1]: upstream u is already declared at upstreams[0]",
        ),
        ("upstreams: [{name: u, name: v}]", "line 2: the key 'name' is given twice"),
        ("services: [", "line"),
    ],
)
def test_a_mistake_is_named_with_file_and_place(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(DeclarationError) as refused:
        load([write(tmp_path, text)])
    assert f"kong.yaml: {complaint}" in str(refused.value)


@pytest.mark.parametrize(
    "text", ["", "[]", "services: []", "_format_version: 3.0", '_format_version: "1.1"']
)
def test_another_format_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "kong.yaml"
    file.write_text(text)
    with pytest.raises(DeclarationError, match="_format_version"):
        load([file])


def test_all_mistakes_of_a_file_are_kept(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError) as refused:
        load([write(tmp_path, "services: [{name: a, host: 1, port: x}]")])
    assert len(refused.value.problems) == 2
    assert "(and 1 more)" in str(refused.value)


def test_the_same_entity_in_two_files_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "services: [{name: a, host: x}]", "1.yaml")
    write(tmp_path, "services: [{name: a, host: x}]", "2.yaml")
    with pytest.raises(
        DeclarationError, match=r"2.yaml: service a is already declared in .*1.yaml"
    ):
        load([tmp_path])


@pytest.mark.parametrize("missing", ["nowhere.yaml", "empty"])
def test_a_missing_file_and_an_empty_folder_are_refused(tmp_path: Path, missing: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DeclarationError):
        load([tmp_path / missing])


@pytest.mark.parametrize("tag", ["", "a,b", "a/b"])
def test_a_select_tag_must_be_a_tag_of_kong(tmp_path: Path, tag: str) -> None:
    with pytest.raises(DeclarationError, match="cannot be a tag"):
        load([write(tmp_path, "")], select_tag=tag)


def test_what_is_rendered_reads_back_as_the_same(tmp_path: Path) -> None:
    state = load([write(tmp_path, """
services:
  - name: a
    host: u
    retries: 0
    routes: [{name: r, paths: [/], plugins: [{name: key-auth}]}]
    plugins: [{name: prometheus}]
routes: [{name: lonely, hosts: [x]}]
upstreams:
  - name: u
    healthchecks: {active: {http_path: /readyz}}
    targets: [{target: x:1, weight: 0, tags: [t]}]
plugins: [{name: correlation-id, config: {generator: uuid}}]
""")])  # fmt: skip
    again = tmp_path / "again.yaml"
    again.write_text(yaml.safe_dump(render(state, select_tag="strangler-reference")))
    read = load([again])
    assert sorted(map(repr, read)) == sorted(map(repr, state))
    assert isinstance(read, State)
