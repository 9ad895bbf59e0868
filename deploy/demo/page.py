"""The report as one self-contained page."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from demo.outcome import Outcome
from demo.pictures import draw
from demo.terminal import COLUMNS, step_cells
from loadtests.summary import findings_lines

HERE = Path(__file__).parent


def write_page(outcome: Outcome, path: Path) -> None:
    steps = [summary.step for summary in outcome.steps]
    # The first entry is the time before all moves, not a move to be marked.
    moves = [step for step in steps if step.source]
    text = rendered(
        "report.html.j2",
        outcome=outcome,
        verdict=outcome.verdict,
        machine=outcome.machine,
        picture=draw(outcome.slices, moves, began=outcome.began),
        columns=("step", *COLUMNS),
        rows=[step_cells(summary) for summary in outcome.steps],
        findings=findings_lines(outcome.verdict),
    )
    path.write_text(text, encoding="utf-8")


def rendered(template: str, *, beside: Path = HERE, **values: object) -> str:
    """A page from a template that stands `beside`, in our layout."""
    templates = Environment(
        loader=FileSystemLoader([beside, HERE]),
        autoescape=True,
        undefined=StrictUndefined,
    )
    return templates.get_template(template).render(**values)
