"""Checks on what would be lost with the monolith's copy. Pure."""

from strangler.diagnosis import RUNBOOKS
from strangler.question import Check, Question, outcome


def no_other_table_points_to_it(q: Question) -> Check:
    """A foreign key of another domain would keep the tables."""
    found = q.facts.keys_from_elsewhere
    return outcome(
        no_other_table_points_to_it,
        ok=not found,
        value=", ".join(found) or "none does",
        limit="none does",
        mend="drop these foreign keys in a migration of the monolith",
    )


def nobody_who_was_refused_is_still_there(q: Question) -> Check:
    """Whoever the net has caught once will try again."""
    there = q.facts.monolith.caught_now
    return outcome(
        nobody_who_was_refused_is_still_there,
        ok=not there,
        value="; ".join(there) or "nobody",
        limit="nobody",
        mend=f"find out what it is: {RUNBOOKS}/rogue-writer.md",
    )
