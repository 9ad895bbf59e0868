"""The tables of `chaos.md` and `soak.md` are the command's."""

import re

import pytest

from chaos import document, table
from chaos.results import HARM, MISSED
from tests.chaos.seen import CASES, PLANS, seen

MACHINE = dict.fromkeys(
    ("processor", "cores", "memory", "system", "Python", "PostgreSQL", "RabbitMQ"), "x"
)
TEXT = "before\n\n<!-- chaos:matrix -->\n\nold\n\n<!-- /chaos -->\n\nafter\n"


def made(*results):
    return table.blocks(CASES, {one.case.name: one for one in results}, machine=MACHINE)


def test_there_is_a_row_per_case_that_was_run() -> None:
    rows = [line for line in made(seen(), seen(CASES[1]))["matrix"] if line.startswith("| coord")]
    assert len(rows) == 2
    assert "| clean | 12 | killed | resume | 80 | 210 | 600 | 0 | clean | 0 |" in rows[0]


def test_harm_and_misses_are_told_and_never_called_clean() -> None:
    harmed = seen(verdict=HARM, wrongs={"lost": 2, "failed": 1})
    lines = "\n".join(made(harmed, seen(CASES[1], verdict=MISSED))["matrix"])
    assert "**harm**" in lines
    assert "| lost 2 |" in lines
    assert "**missed**" in lines
    assert "| clean | 12 |" not in lines


def test_the_summary_counts_what_is_missing_too() -> None:
    summary = made(seen(), seen(CASES[1], verdict=MISSED, tries=4))["summary"]
    assert f"2 of {len(CASES)} cases were run (2023-11-14): 1 clean, 1 missed." in summary[0]
    assert any("3 kills came late" in line for line in summary)


def test_a_block_takes_the_place_of_the_former_and_nothing_else() -> None:
    lines = made(seen())["matrix"]
    once = document.replaced(TEXT, "matrix", lines)
    assert document.block(once, "matrix") == lines
    assert once.startswith("before\n")
    assert once.endswith("\nafter\n")
    assert "old" not in once


def test_a_block_that_has_no_place_is_not_lost_in_silence() -> None:
    with pytest.raises(LookupError):
        document.replaced(TEXT, "soak", ["x"])


def test_what_strangler_said_cannot_break_the_table() -> None:
    rows = list(document.table(("a",), [("x | <y>",)]))
    assert rows[2] == r"| x \| \<y> |"


def test_the_committed_matrix_has_only_cases_that_there_are() -> None:
    text = document.MATRIX.read_text(encoding="utf-8")
    heading, told = "", set()
    for line in document.block(text, "matrix"):
        heading = line.removeprefix("### ") if line.startswith("### ") else heading
        cells = re.split(r"\s*(?<!\\)\|\s*", line.strip("| "))
        if len(cells) == len(table.HEAD) and cells[0] not in {table.HEAD[0], "---"}:
            told.add((*heading.split(", "), cells[1], cells[0]))
    known = {(case.seam, case.direction, case.step, case.victim) for case in CASES}
    assert told <= known
    count = re.search(r"(\d+) of (\d+) cases", "\n".join(document.block(text, "summary")))
    assert count is not None
    assert (int(count[1]), int(count[2])) == (len(told), len(known))


def test_every_plan_has_its_place_in_the_matrix() -> None:
    assert {case.seam for case in CASES} == PLANS.keys()
