"""What the searches saw, as lines for people."""

from collections.abc import Iterator, Sequence

from model.invariants import INVARIANTS, SETTLES, SETTLES_SAYS, Invariant
from model.telling import full_story, story
from model.verdicts import Verdict

_NUMBERS = {one.name: one.number for one in INVARIANTS} | {SETTLES: "I8"}


def heading(bounds: str) -> Iterator[str]:
    """What is asked, before anything is searched."""
    yield f"bounds {bounds}: in every state of each world"
    for invariant in INVARIANTS:
        yield _asked(invariant)
    yield f"  {_NUMBERS[SETTLES]:7} {SETTLES:22} {SETTLES_SAYS}"


def _asked(invariant: Invariant) -> str:
    return f"  {invariant.number:7} {invariant.name:22} {invariant.says}"


def lines(verdict: Verdict, *, in_full: bool) -> Iterator[str]:
    """One search: a line, and the story of a counterexample."""
    result, found = verdict.result, verdict.result.counterexample
    mark = "ok    " if verdict.ok else "NOT OK"
    seen = (
        f"{result.states:,} states, {result.transitions:,} transitions, depth {result.depth}, "
        f"{verdict.seconds:.1f} s"
    )
    if found is None:
        yield f"{mark} {verdict.kind} {verdict.name} ({verdict.says}): holds; {seen}"
        return
    yield f"{mark} {verdict.kind} {verdict.name} ({verdict.says})"
    yield (
        f"       breaks {found.invariant} ({_NUMBERS[found.invariant]}) "
        f"in {len(found.steps)} steps; {seen}"
    )
    told = full_story(found) if in_full or not verdict.ok else story(found)
    yield from (f"       {line}" for line in told)


def closing(done: Sequence[Verdict]) -> str:
    """How it ended, in a line."""
    worlds = [one for one in done if one.kind == "protocol"]
    mutants = [one for one in done if one.kind == "mutant"]
    return (
        f"{sum(one.ok for one in worlds)} of {len(worlds)} worlds hold, "
        f"{sum(one.result.states for one in worlds):,} states; "
        f"{sum(one.ok for one in mutants)} of {len(mutants)} mutants caught; "
        f"{sum(one.seconds for one in done):.0f} s of CPU"
    )
