"""Checks on the data of both sides. Pure."""

from strangler.diagnosis import RUNBOOKS
from strangler.facts import SIDES, unowned
from strangler.question import Check, Question, outcome


def the_seam_and_the_owner_agree(q: Question) -> Check:
    """Writes are owned where the position says."""
    owner = q.facts.owner
    modes = {q.facts.side(side).mode for side in SIDES}
    # Somebody owns in the end where one side has let go, or one side alone owns; else people decide.
    is_finished_by_itself = owner or "RELEASED" in modes
    return outcome(
        the_seam_and_the_owner_agree,
        ok=owner == q.move.origin.owner,
        value=f"writes: {owner or unowned(modes)}",
        limit=f"writes: {q.move.origin.owner}",
        mend=f"finish the handover: strangler resume {q.seam}"
        if is_finished_by_itself
        else f"no command decides that: {RUNBOOKS}/{'restore' if 'OWNER' in modes else 'stuck'}.md",
    )


def both_sides_have_the_same_contract(q: Question) -> Check:
    """A row of the stream has the same fields for whoever sends it and whoever applies it."""
    return outcome(
        both_sides_have_the_same_contract,
        ok=not q.facts.unlike_images,
        value="; ".join(q.facts.unlike_images) or "alike",
        limit="alike",
        mend=f"one side is not migrated: its `migrate`, then: strangler preflight {q.seam}",
    )


def the_other_side_keeps_up(q: Question) -> Check:
    """The stream's receiver is close behind the owner."""
    return outcome(
        the_other_side_keeps_up,
        ok=q.facts.lag_messages <= q.limits.lag_messages,
        value=f"{q.facts.lag_messages} messages behind",
        limit=f"{q.limits.lag_messages} messages",
        mend="wait, or look at the log of the relay and the applier",
        comes_by_itself=True,
    )


def history_has_been_copied(q: Question) -> Check:
    """The backfill has ended."""
    return outcome(
        history_has_been_copied,
        ok=q.facts.is_backfilled,
        value="copied" if q.facts.is_backfilled else "not finished",
        limit="copied",
        mend=f"copy it: strangler backfill {q.seam}",
    )


def a_recent_reconcile_was_clean(q: Question) -> Check:
    """Both sides were found equal, not long ago."""
    last, limit_s = q.facts.reconciled, q.limits.reconcile_age_s
    if last is None or not last.is_of_this_stream:
        value, ok, stale = "never reconciled", False, True
    else:
        value = f"{'clean' if last.clean else 'differences'} {last.age_s:.0f} s ago"
        stale = last.age_s > limit_s
        ok = last.clean and not stale
    return outcome(
        a_recent_reconcile_was_clean,
        ok=ok,
        value=value,
        limit=f"clean, at most {limit_s:g} s ago",
        mend=f"look at the rows, then: strangler reconcile {q.seam} --repair",
        comes_by_itself=stale,
    )


def shadow_reads_were_compared_and_equal(q: Question) -> Check:
    """Enough reads were answered by both sides, alike, and of no route most by an error."""
    found, limits = q.facts.compared, q.limits
    wanted = limits.compared_reads or 0
    alike = found.different <= limits.different_reads
    answered = found.failed_share <= limits.failed_share
    if not alike:
        mend = f"see the examples: strangler status {q.seam} --json"
    elif not answered:
        mend = f"see on which route and read the service's log: strangler status {q.seam} --json"
    else:
        mend = "send reads through the gateway (make load)"
    return outcome(
        shadow_reads_were_compared_and_equal,
        ok=found.alike >= wanted and alike and answered,
        value=f"{found.alike} equal, {found.different} different, {found.failed} failed",
        limit=(
            f"{wanted} equal, {limits.different_reads} different, "
            f"{100 * limits.failed_share:g} % of a route failed"
        ),
        mend=mend,
        # Whether a service that fails comes round is for people to see, though reads may thin it out.
        comes_by_itself=alike and answered,
    )


def every_route_was_compared(q: Question) -> Check:
    """Of each route that the service will answer, one read was answered alike by both sides, or more."""
    wanted = q.limits.compared_routes
    unseen = q.facts.compared.unseen(wanted)
    return outcome(
        every_route_was_compared,
        ok=not unseen,
        value=f"none alike: {', '.join(unseen)}" if unseen else f"all {len(wanted)}",
        limit=f"all {len(wanted)}",
        mend=(
            f"send reads of it, which the monolith answers (where the gateway sends it none: X-Canary: never, "
            f"or straight to the monolith), and see: strangler status {q.seam} --json"
        ),
        comes_by_itself=True,
    )


def no_token_was_refused_since_both_sides_were_equal(q: Question) -> Check:
    """A refused digest means rows that differ."""
    return outcome(
        no_token_was_refused_since_both_sides_were_equal,
        ok=q.facts.refused_tokens == 0,
        value=f"{q.facts.refused_tokens} refused",
        limit="0 refused",
        mend=f"find the rows: strangler reconcile {q.seam}",
    )
