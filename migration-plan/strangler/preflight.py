"""May the seam move? Which checks a move has to pass, and their outcome. Pure."""

from strangler import data_checks, process_checks, retire_checks, way_checks
from strangler.facts import Facts
from strangler.ladder import Move
from strangler.plan import Plan, Stage
from strangler.question import Check, CheckFunction, Question

__all__ = ["Check", "checks_of", "preflight"]

_FORWARD: tuple[CheckFunction, ...] = (
    process_checks.what_it_needs_stands_at_cutover,
    data_checks.the_seam_and_the_owner_agree,
    process_checks.the_gateway_agrees_with_the_seam,
    process_checks.requests_come_through_the_gateway,
    process_checks.every_instance_is_ready,
    way_checks.the_stream_is_carried_and_applied,
    process_checks.no_dead_letters_lie_in_the_stream,
    process_checks.no_side_has_forgotten_what_it_sent,
    data_checks.both_sides_have_the_same_contract,
)
_COMPARED: tuple[CheckFunction, ...] = (
    data_checks.history_has_been_copied,
    data_checks.the_other_side_keeps_up,
    data_checks.a_recent_reconcile_was_clean,
    data_checks.shadow_reads_were_compared_and_equal,
    data_checks.every_route_was_compared,
    data_checks.no_token_was_refused_since_both_sides_were_equal,
)
_HANDOVER: tuple[CheckFunction, ...] = (
    way_checks.the_way_back_is_open,
    process_checks.no_long_transaction_is_open,
)


_GIVEN_UP: tuple[CheckFunction, ...] = (
    data_checks.the_other_side_keeps_up,
    data_checks.a_recent_reconcile_was_clean,
    process_checks.the_monolith_is_ready,
    retire_checks.no_other_table_points_to_it,
    retire_checks.nobody_who_was_refused_is_still_there,
)

# What has no sense where the gateway has no part.
_ROUTED: frozenset[CheckFunction] = frozenset(
    {
        process_checks.the_gateway_agrees_with_the_seam,
        process_checks.requests_come_through_the_gateway,
        data_checks.shadow_reads_were_compared_and_equal,
        data_checks.every_route_was_compared,
    }
)


def checks_of(move: Move) -> tuple[CheckFunction, ...]:
    """List the checks of a move."""
    left_out = frozenset[CheckFunction]() if move.is_routed else _ROUTED
    if move.begun and move.goal.stage is not Stage.RETIRED:
        # Half-done it agrees with neither of its ends; a retirement comes to the gateway last.
        left_out |= {process_checks.the_gateway_agrees_with_the_seam}
    return tuple(check for check in _checks_of(move) if check not in left_out)


def _checks_of(move: Move) -> tuple[CheckFunction, ...]:
    if move.goal.stage is Stage.RETIRED:
        return (*_FORWARD, *_GIVEN_UP)
    if move.origin.stage is Stage.CUTOVER:
        return (
            process_checks.nothing_that_needs_it_has_left,
            way_checks.the_stream_is_carried_and_applied,
            *_HANDOVER,
            process_checks.no_side_has_forgotten_what_it_sent,
            process_checks.the_monolith_is_ready,
        )
    if move.goal.stage is Stage.CUTOVER:
        return (*_FORWARD, *_COMPARED, *_HANDOVER, way_checks.the_way_back_was_tried)
    if move.goal.stage is Stage.CANARY and move.gives_more:
        return (*_FORWARD, *_COMPARED)
    if move.origin.stage is Stage.MONOLITH:
        return (*_FORWARD,)
    return (data_checks.the_seam_and_the_owner_agree, process_checks.the_monolith_is_ready)


def preflight(facts: Facts, *, plan: Plan, move: Move) -> tuple[Check, ...]:
    """Run the checks of a move over the facts."""
    question = Question(facts=facts, limits=plan.limits, move=move, seam=plan.seam)
    return tuple(check(question) for check in checks_of(move))
