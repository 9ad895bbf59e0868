"""The report as one self-contained page."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from demo.outcome import Outcome
from demo.pictures import draw
from demo.terminal import COLUMNS, step_cells
from loadtests.summary import findings_lines


def write_page(outcome: Outcome, path: Path) -> None:
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
    )
    steps = [summary.step for summary in outcome.steps]
    # The first entry is the time before all moves, not a move to be marked.
    moves = [step for step in steps if step.source]
    path.write_text(
        templates.get_template("report.html.j2").render(
            outcome=outcome,
            picture=draw(outcome.slices, moves, began=outcome.began),
            columns=("step", *COLUMNS),
            rows=[step_cells(summary) for summary in outcome.steps],
            findings=findings_lines(outcome.verdict),
        ),
        encoding="utf-8",
    )
