"""The order that is suggested, and the circles that are named."""

from strangler.survey.crossing import Crossing, Kind, number_of
from strangler.survey.order import cycles, suggested
from strangler.survey.usage import Usage


def crossing(source: str, target: str, kind: Kind = Kind.IMPORT, *, line: int = 1) -> Crossing:
    return Crossing(source=source, target=target, kind=kind, file="f.py", line=line, detail="")


OWNER = Usage(models=1, reads=1, writes=1)


def test_the_number_adds_up_the_weights() -> None:
    found = [crossing("a", "b", kind) for kind in Kind]
    assert number_of(found) == sum(kind.weight for kind in Kind)
    assert Kind.DOOR.weight == 0
    assert all(kind.weight > 0 for kind in Kind if kind is not Kind.DOOR)


def test_the_cheapest_leaves_first_and_no_longer_counts() -> None:
    found = [
        crossing("orders", "goods", Kind.KEY),
        crossing("orders", "people", Kind.TRANSACTION),
        crossing("goods", "people"),
    ]
    steps = suggested(found, usage=dict.fromkeys(("goods", "orders", "people"), OWNER))
    assert [(step.app, step.number) for step in steps] == [
        ("goods", 6),
        ("people", 8),
        ("orders", 0),
    ]
    assert steps[0].why == "1 key, 1 import; asks 1, asked by 1; 1 of 2 queries read"


def test_of_equals_the_one_that_is_mostly_read_goes_first() -> None:
    usage = {"busy": Usage(models=1, reads=1, writes=9), "shown": Usage(models=1, reads=9)}
    assert [step.app for step in suggested([], usage=usage)] == ["shown", "busy"]


def test_what_has_no_tables_stays_but_its_code_is_in_the_way() -> None:
    steps = suggested([crossing("pages", "goods")], usage={"goods": OWNER, "pages": Usage()})
    assert [(step.app, step.number) for step in steps] == [("goods", 1)]


def test_a_circle_is_named_with_its_thinnest_link() -> None:
    found = [
        crossing("a", "b", Kind.KEY),
        crossing("b", "c", Kind.JOIN),
        crossing("c", "a"),
        crossing("d", "a"),
    ]
    (cycle,) = cycles(found)
    assert (cycle.apps, cycle.thinnest, cycle.number) == (("a", "b", "c"), ("c", "a"), 1)


def test_doors_close_no_circle() -> None:
    assert cycles([crossing("a", "b", Kind.KEY), crossing("b", "a", Kind.DOOR)]) == []
