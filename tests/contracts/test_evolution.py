"""A change of the published language is judged as its readers would judge it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extracted.contracts import golden
from extracted.contracts.evolution.__main__ import main
from extracted.contracts.evolution.alternatives import UnreadableSchemaError
from extracted.contracts.evolution.compare import Language, compare
from extracted.contracts.evolution.kinds import Reader
from extracted.contracts.evolution.readers import reader_of
from extracted.contracts.evolution.schema import differences
from extracted.contracts.evolution.verdict import judge

STRING = {"type": "string"}
INTEGER = {"type": "integer"}
NULL = {"type": "null"}


def closed(needed: tuple[str, ...] = (), **fields: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": fields,
        "required": list(needed),
    }


def opened(needed: tuple[str, ...] = (), **fields: Any) -> dict[str, Any]:
    return closed(needed, **fields) | {"additionalProperties": True}


def breaks(base: dict[str, Any], tree: dict[str, Any]) -> str:
    """Return the first letters of the readers whom the change breaks: r, m, a."""
    found = differences(base, tree, base_root=base, tree_root=tree)
    broken = [r for r in Reader if any(judge(d, reader=r).is_breaking for d in found)]
    return "".join(reader[0] for reader in broken)


CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "nothing": (closed(a=STRING), closed(a=STRING), ""),
    "optional field, closed": (closed(), closed(a=STRING), "m"),
    "optional field, open": (opened(), opened(a=STRING), ""),
    "required field": (closed(), closed(("a",), a=STRING), "rm"),
    "removed field, closed": (closed(("a",), a=STRING), closed(), "rma"),
    "removed field, open": (opened(("a",), a=STRING), opened(), "ma"),
    "now required": (closed(a=STRING), closed(("a",), a=STRING), "rm"),
    "now optional": (closed(("a",), a=STRING), closed(a=STRING), "ma"),
    "opened": (closed(), opened(), "ma"),
    "closed": (opened(), closed(), "rm"),
    "another type": (STRING, INTEGER, "rma"),
    "integer to number": (INTEGER, {"type": "number"}, "ma"),
    "number to integer": ({"type": "number"}, INTEGER, "rm"),
    "may be null": (STRING, {"anyOf": [STRING, NULL]}, "ma"),
    "may be null, in a list": (STRING, {"type": ["string", "null"]}, "ma"),
    "not null any more": ({"anyOf": [STRING, NULL]}, STRING, "rm"),
    "null, spelled otherwise": ({"anyOf": [STRING, NULL]}, {"type": ["null", "string"]}, ""),
    "another type beside null": ({"anyOf": [STRING, NULL]}, {"anyOf": [INTEGER, NULL]}, "rma"),
    "removed value": ({"enum": ["a", "b"]}, {"enum": ["a"]}, "rm"),
    "new value": ({"enum": ["a"]}, {"enum": ["a", "b"]}, "ma"),
    "one value, spelled otherwise": ({"const": "a"}, {"enum": ["a"]}, ""),
    "another value": ({"enum": ["a"]}, {"enum": ["b"]}, "rma"),
    "only some values": (STRING, STRING | {"enum": ["a"]}, "rm"),
    "a limit": (STRING, STRING | {"maxLength": 5}, "rm"),
    "a wider limit": (STRING | {"maxLength": 5}, STRING | {"maxLength": 9}, "ma"),
    "a narrower limit": (STRING | {"maxLength": 5}, STRING | {"maxLength": 4}, "rm"),
    "a lower minimum": (INTEGER | {"minimum": 1}, INTEGER | {"minimum": 0}, "ma"),
    "a higher minimum": (INTEGER | {"minimum": 1}, INTEGER | {"minimum": 2}, "rm"),
    "another pattern": (STRING | {"pattern": "a"}, STRING | {"pattern": "b"}, "rma"),
    "no format any more": (STRING | {"format": "uuid"}, STRING, "ma"),
    "an unknown keyword": (
        STRING | {"keyword of tomorrow": 1},
        STRING | {"keyword of tomorrow": 2},
        "rma",
    ),
    "other words": (STRING | {"title": "A", "description": "a"}, STRING, ""),
    "another default": (INTEGER | {"default": 1}, INTEGER | {"default": 2}, "r"),
    "items of another type": (
        {"type": "array", "items": STRING},
        {"type": "array", "items": INTEGER},
        "rma",
    ),
    "items of one type": ({"type": "array"}, {"type": "array", "items": STRING}, "rm"),
    "a map of another type": (
        {"type": "object", "additionalProperties": STRING},
        {"type": "object", "additionalProperties": INTEGER},
        "rma",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_breaks_exactly_those(change: str) -> None:
    base, tree, broken = CHANGES[change]
    assert breaks(base, tree) == broken


def referring(inner: dict[str, Any], *, name: str = "Inner") -> dict[str, Any]:
    return closed(a={"$ref": f"#/$defs/{name}"}) | {"$defs": {name: inner}}


def test_what_is_referred_to_is_compared_and_its_name_is_not() -> None:
    assert breaks(referring(STRING), referring(STRING, name="Other")) == ""
    assert breaks(referring(STRING), closed(a=STRING)) == ""
    assert breaks(referring(STRING), referring(INTEGER)) == "rma"


def test_a_schema_that_refers_to_itself_is_compared_to_its_end() -> None:
    def tree(leaf: dict[str, Any]) -> dict[str, Any]:
        node = closed(leaf=leaf, children={"type": "array", "items": {"$ref": "#/$defs/Node"}})
        return {"$ref": "#/$defs/Node", "$defs": {"Node": node}}

    assert breaks(tree(STRING), tree(STRING)) == ""
    assert breaks(tree(STRING), tree(INTEGER)) == "rma"


def test_a_reference_to_nothing_is_an_error() -> None:
    with pytest.raises(UnreadableSchemaError):
        breaks(closed(a={"$ref": "#/$defs/Gone"}), closed(a=STRING))


# Small on purpose: schemas that are drawn apart from each other must often have values in common.
VALUES = st.recursive(
    st.none() | st.integers(0, 3) | st.sampled_from(["", "a", "b"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xy"), inner, max_size=2)
    ),
    max_leaves=4,
)
LEAVES = st.one_of(
    st.just(NULL),
    st.builds(lambda n: INTEGER | {"minimum": n}, st.integers(0, 2)),
    st.just({"type": "number"}),
    st.builds(lambda n: STRING | {"maxLength": n}, st.integers(0, 1)),
    st.builds(
        lambda values: {"enum": values},
        st.lists(st.sampled_from(["a", "b", 1]), min_size=1, unique=True),
    ),
)


def _objects(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    fields = st.dictionaries(st.sampled_from("xy"), inner, max_size=2)
    return fields.flatmap(
        lambda known: st.builds(
            lambda needed: closed(tuple(sorted(needed)), **known),
            st.sets(st.sampled_from(sorted(known))) if known else st.just(set()),
        )
    )


SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: (
        _objects(inner)
        | st.builds(lambda i: {"type": "array", "items": i}, inner)
        | st.builds(lambda i: {"type": "object", "additionalProperties": i}, inner)
        | st.builds(lambda a, b: {"anyOf": [a, b]}, inner, inner)
    ),
    max_leaves=4,
)


def neighbors(schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Schemas that differ from this one here and there: what people make of a contract."""
    if "properties" in schema:
        fields = {name: neighbors(field) for name, field in schema["properties"].items()}
        same = st.fixed_dictionaries(fields).flatmap(
            lambda known: st.sets(st.sampled_from(sorted(known) or ["x"])).map(
                lambda needed: closed(tuple(sorted(needed & known.keys())), **known)
            )
        )
    elif "anyOf" in schema:
        same = st.tuples(*map(neighbors, schema["anyOf"])).map(lambda all_: {"anyOf": [*all_]})
    elif inside := {"items", "additionalProperties"} & schema.keys():
        same = st.fixed_dictionaries({key: neighbors(schema[key]) for key in inside}).map(
            lambda changed: schema | changed
        )
    elif limits := {"minimum", "maxLength"} & schema.keys():
        same = st.integers(0, 2).map(lambda limit: schema | dict.fromkeys(limits, limit))
    elif "enum" in schema:
        same = st.sets(st.sampled_from(["a", "b", 1]), min_size=1).map(lambda v: {"enum": [*v]})
    else:
        same = st.just(schema)
    return st.one_of(st.just(schema), same, same, SCHEMAS)


def values_of(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values a schema accepts, most of the time."""
    if "properties" in schema:
        fields = {name: values_of(field) for name, field in schema["properties"].items()}
        needed = {name: field for name, field in fields.items() if name in schema["required"]}
        others = {name: field for name, field in fields.items() if name not in needed}
        return st.fixed_dictionaries(needed, optional=others)
    if "anyOf" in schema:
        return st.one_of(*map(values_of, schema["anyOf"]))
    if "items" in schema:
        return st.lists(values_of(schema["items"]), max_size=2)
    if "additionalProperties" in schema:
        keys = st.sampled_from("xy")
        return st.dictionaries(keys, values_of(schema["additionalProperties"]), max_size=2)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    plain = {"integer": st.integers(0, 3), "number": st.sampled_from([0, 0.5]), "null": st.none()}
    return plain.get(schema["type"], st.sampled_from(["", "a", "ab"]))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_what_is_called_compatible_refuses_nothing_that_was_accepted(data: st.DataObject) -> None:
    base = data.draw(SCHEMAS, label="base")
    tree = data.draw(neighbors(base), label="tree")
    value = data.draw(values_of(base) | values_of(tree) | VALUES, label="value")
    was_accepted = jsonschema.Draft202012Validator(base).is_valid(value)
    is_accepted = jsonschema.Draft202012Validator(tree).is_valid(value)
    broken = breaks(base, tree)
    if was_accepted and not is_accepted:
        assert "r" in broken
        assert "m" in broken
    if is_accepted and not was_accepted:
        assert "m" in broken


@settings(max_examples=200, deadline=None)
@given(SCHEMAS)
def test_nothing_differs_from_itself(schema: dict[str, Any]) -> None:
    assert differences(schema, schema, base_root=schema, tree_root=schema) == []


def test_every_golden_schema_has_a_reader_and_one_name_in_all_contexts() -> None:
    names = [path.stem for path in golden.SCHEMAS.glob("*.json")]
    classes = [name.rpartition(".")[2] for name in names]
    assert len(classes) == len(set(classes))
    readers = {name: reader_of(name) for name in names}
    assert readers["orders.PlaceOrder"] is Reader.REQUEST
    assert readers["orders.OrderPlaced"] is Reader.MESSAGE
    assert readers["orders.OrderLine"] is Reader.MESSAGE
    assert readers["envelope.Envelope"] is Reader.MESSAGE
    assert readers["orders.Checkout"] is Reader.ANSWER


def test_what_comes_is_compatible_and_what_goes_is_not() -> None:
    one, other = Language(schemas={"orders.Order": closed()}), Language(schemas={})
    assert [s.verdict for s in compare(one, other, reader_of=reader_of)] == ["breaking"]
    assert [s.verdict for s in compare(other, one, reader_of=reader_of)] == ["compatible"]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository whose only commit holds our contracts."""
    contracts = tmp_path / "extracted" / "contracts"
    golden.write(folder=_made(contracts / "schemas"))
    (contracts / "openapi.json").write_text('{"paths": {"/a": {"get": {"responses": {}}}}}')
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "first")):
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True)
    return tmp_path


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def change(clone: Path, name: str, **fields: Any) -> None:
    path = clone / "extracted" / "contracts" / "schemas" / f"{name}.json"
    schema = json.loads(path.read_text())
    path.write_text(json.dumps(schema | {"properties": schema["properties"] | fields}))


@pytest.mark.slow
def test_the_command_tells_by_its_exit_code_whether_anybody_is_broken(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([], root=clone) == 0
    change(clone, "orders.RefundOrder", note=STRING)
    assert main([], root=clone) == 0
    assert "note: new optional field (what was accepted is accepted)" in capsys.readouterr().out
    change(clone, "orders.OrderPlaced", gift=STRING)
    assert main(["--json"], root=clone) == 1
    told = json.loads(capsys.readouterr().out)
    assert [(s["name"], s["verdict"]) for s in told["changed"]] == [
        ("orders.OrderPlaced", "breaking"),
        ("orders.RefundOrder", "compatible"),
    ]
    assert told["counts"]["breaking"] == 1


@pytest.mark.slow
def test_an_operation_that_went_is_told(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (clone / "extracted" / "contracts" / "openapi.json").write_text('{"paths": {}}')
    assert main([], root=clone) == 1
    assert "breaking    operation  GET /a" in capsys.readouterr().out


@pytest.mark.parametrize("base", ["no-such-revision", "--help", "HEAD:extracted"])
def test_what_is_no_revision_is_one_line_and_exit_code_2(
    clone: Path, capsys: pytest.CaptureFixture[str], base: str
) -> None:
    assert main([f"--base={base}"], root=clone) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 1


def test_a_file_that_is_no_json_is_one_line_and_exit_code_2(
    clone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (clone / "extracted" / "contracts" / "schemas" / "orders.Order.json").write_text("{")
    assert main([], root=clone) == 2
    assert "orders.Order.json is not JSON" in capsys.readouterr().err
