"""The crash matrix as lines of a document. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby

from chaos.cases import Case
from chaos.document import table, told
from chaos.results import CLEAN, Observed
from stack.profile import ROOT

HEAD = (
    "killed",
    "step",
    "verdict",
    "after ms",
    "strangler said",
    "typed then",
    "pause ms",
    "longest write ms",
    "requests",
    "failed",
    "ledger",
    "load average",
)
LONGEST_SAYING = 90


def blocks(
    cases: Sequence[Case], found: Mapping[str, Observed], *, machine: Mapping[str, str]
) -> dict[str, list[str]]:
    """The blocks of `chaos.md`, from the results of these cases, in their order."""
    seen = [found[case.name] for case in cases if case.name in found]
    return {
        "summary": list(_summary(len(cases), seen, machine=machine)),
        "matrix": list(_tables(seen))[:-1] or ["nothing yet"],
    }


def _summary(total: int, seen: Sequence[Observed], *, machine: Mapping[str, str]) -> Iterator[str]:
    verdicts = Counter(one.verdict for one in seen)
    counts = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
    seconds = sum(one.seconds for one in seen)
    busy = sorted(one.load_average for one in seen) or [0.0]
    days = sorted({datetime.fromtimestamp(one.at, tz=UTC).date().isoformat() for one in seen})
    yield f"- {len(seen)} of {total} cases were run ({' and '.join(days)}): {counts or 'none'}."
    yield f"- {timedelta(seconds=round(seconds))} in all, {seconds / max(len(seen), 1):.0f} s a case."
    yield (
        f"- {sum(one.requests for one in seen)} requests, {sum(one.failed for one in seen)} failed; "
        f"{sum(one.acknowledged for one in seen)} writes acknowledged and judged."
    )
    yield f"- A resume was needed in {sum(bool(one.recovery) for one in seen)} cases."
    yield f"- {sum(max(one.tries - 1, 0) for one in seen)} kills came late and were repeated."
    yield f"- {told(machine)}; load average {busy[0]:.0f} to {busy[-1]:.0f}."


def _tables(seen: Sequence[Observed]) -> Iterator[str]:
    for (seam, direction), group in groupby(
        sorted(seen, key=lambda one: (one.case.seam, one.case.direction == "back")),
        key=lambda one: (one.case.seam, one.case.direction),
    ):
        yield f"### {seam}, {direction}"
        yield ""
        yield from table(HEAD, map(_row, group))
        yield ""


def _row(one: Observed) -> tuple[str, ...]:
    wrongs = [f"{name} {count}" for name, count in one.wrongs.items() if count and name != "failed"]
    after = "" if one.after_ms is None else f"{one.after_ms:.0f}{' (held)' if one.is_held else ''}"
    return (
        one.case.victim,
        one.case.step,
        one.verdict if one.verdict == CLEAN else f"**{one.verdict}**",
        after,
        _shortened(one.said),
        ", ".join(one.recovery),
        "" if one.pause_ms is None else f"{one.pause_ms:.0f}",
        "" if one.longest_write_ms is None else f"{one.longest_write_ms:.0f}",
        str(one.requests),
        str(one.failed),
        ", ".join(wrongs) or ("clean" if one.acknowledged else "nothing acknowledged"),
        f"{one.load_average:.0f}",
    )


def _shortened(said: str) -> str:
    # Where this clone stands is nobody's business.
    said = said.replace(f"{ROOT}/", "")
    return said if len(said) <= LONGEST_SAYING else f"{said[: LONGEST_SAYING - 1]}…"
