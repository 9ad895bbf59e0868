"""Checks on the ways between the two sides: the owner's stream, and that of whoever is to own. Pure."""

from strangler.diagnosis import START
from strangler.facts import Side
from strangler.question import Check, CheckFunction, Question, outcome


def the_stream_is_carried_and_applied(q: Question) -> Check:
    """The relay of the owner and the applier of the other side hold their locks."""
    return _carried(the_stream_is_carried_and_applied, q, giver=q.move.origin.owner)


def the_way_back_is_open(q: Question) -> Check:
    """The stream in the other direction has its relay and its applier too."""
    return _carried(the_way_back_is_open, q, giver=q.move.goal.owner)


def the_way_back_was_tried(q: Question) -> Check:
    """A message of the service came to the monolith, not long ago."""
    last, limit_s = q.facts.way_back, q.limits.way_back_age_s
    is_known = last is not None and last.is_of_this_stream
    return outcome(
        the_way_back_was_tried,
        ok=last is not None and last.counts(within_s=limit_s),
        value=f"tried {last.age_s:.0f} s ago" if last and is_known else "never",
        limit=f"at most {limit_s:g} s ago",
        mend=f"the move does it by itself: strangler advance {q.seam} --to {q.move.goal.name}",
        comes_by_itself=True,
    )


def _carried(check: CheckFunction, q: Question, *, giver: Side) -> Check:
    idle = q.facts.idle(giver=giver)
    return outcome(
        check,
        ok=not idle,
        value=f"not at work: {', '.join(idle)}" if idle else "at work",
        limit="relay and applier at work",
        mend=f"start what is missing ({START}) and read its log",
        comes_by_itself=True,
    )
