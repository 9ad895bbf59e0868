"""Which test types each shell block of the plan's documents, in the order of its page.

A block that is put in, taken out or left alone makes tests/docs/test_runbooks.py fail.
"""

from collections.abc import Iterator
from pathlib import Path

from tests.docs.markdown import blocks

_FOLLOWED = "tests/migration_plan/test_runbooks_followed.py::"
_MOVES = "tests/e2e/test_runbooks_typed.py::"
_PAGES = "tests/docs/test_pages_typed.py::"
_STUCK = "tests/migration_plan/test_stuck.py::"
_SCALED = "tests/e2e/test_scaling.py::"
_RETIRED = "tests/e2e/test_retiring.py::"

_THERE_AND_BACK = f"{_MOVES}test_the_moves_are_made_by_typing_what_the_runbooks_say"
_KILLED = f"{_MOVES}test_a_run_that_was_killed_is_finished_by_typing_what_the_runbook_says"
_LADDER = f"{_MOVES}test_the_plans_first_page_is_typed_as_it_stands"
_ROGUE = f"{_FOLLOWED}test_a_rogue_writer_is_refused_shown_and_ended"
_BROKER = f"{_FOLLOWED}test_with_the_broker_back_everything_arrives"
_OWNER = f"{_FOLLOWED}test_a_restored_owner_is_noticed_and_what_the_copy_has_is_kept"
_EARLIER = f"{_FOLLOWED}test_a_copy_of_an_earlier_epoch_is_given_the_owners"
_ONE_RETIRES = f"{_FOLLOWED}test_whoever_follows_the_runbook_of_retiring_ends_at_retired"
_ALL_RETIRE = f"{_RETIRED}test_all_five_domains_retire_and_the_shop_still_sells"
_SCALE = f"{_SCALED}test_what_the_runbook_tells_to_type_does_what_it_tells"
_ASIDE = "tests/extracted/test_dead_letters.py::test_what_the_runbook_tells_to_type_gives_it_back"
_PROMOTED = (
    "tests/migration_plan/test_promoting_typed.py::test_the_plans_first_page_says_what_is_printed"
)
_DRAWN = f"{_PAGES}test_the_picture_is_drawn_into_the_page_anew"
_MATRIX = f"{_PAGES}test_the_matrix_says_what_it_would_kill"
_MUTANT = f"{_PAGES}test_a_mutant_is_told_as_a_story"
_SURVEY = f"{_PAGES}test_the_survey_says_what_ties_our_apps"
_SEARCHED = f"{_PAGES}test_the_whole_search_says_that_it_holds"
_CLONE = "tests/migration_plan/stages/test_clone_typed.py::"
_AT_A_STAGE = f"{_CLONE}test_a_stage_is_started_as_is_said"
_STAGES = f"{_CLONE}test_what_a_fresh_clone_says_of_the_stages"
_WRITERS = "tests/e2e/test_writers_stopped.py::test_the_writers_stop_and_what_carries_goes_on"

# All lines of its blocks are in NOT_TYPED.
LISTED = ""
TYPED: dict[str, tuple[str, ...]] = {
    "README.md": (_DRAWN, _AT_A_STAGE, _STAGES, _LADDER, _PROMOTED, _SEARCHED, _MATRIX),
    "chaos.md": (_MATRIX,),
    # Of the first, `--json` is typed with the whole search.
    "proof.md": (_MUTANT, LISTED),
    "soak.md": (LISTED,),
    "survey.md": (_SURVEY,),
    "runbooks/advance.md": (_THERE_AND_BACK,) * 2,
    "runbooks/broker-down.md": (_BROKER,) * 3,
    "runbooks/canary.md": (_THERE_AND_BACK,) * 3,
    "runbooks/cutover.md": (_THERE_AND_BACK,) * 5,
    "runbooks/dead-letters.md": (
        _ASIDE,
        _ASIDE,
        f"{_FOLLOWED}test_a_message_that_is_none_of_ours_is_looked_at_and_thrown_away",
    ),
    "runbooks/restore.md": (
        _WRITERS,
        f"{_FOLLOWED}test_a_restored_copy_is_filled_again",
        _EARLIER,
        _EARLIER,
        f"{_FOLLOWED}test_a_hole_that_cannot_be_filled_is_left_to_the_comparison",
        f"{_FOLLOWED}test_a_hole_in_what_the_other_side_has_said_is_passed_over_as_well",
        *(_OWNER,) * 3,
    ),
    "runbooks/resume.md": (_KILLED,),
    "runbooks/retired.md": (_ALL_RETIRE, _ONE_RETIRES, _ALL_RETIRE, _ALL_RETIRE),
    "runbooks/retreat.md": (_THERE_AND_BACK,),
    "runbooks/rogue-writer.md": (_ROGUE,) * 3,
    "runbooks/scale.md": (_SCALE,) * 5,
    "runbooks/shadow.md": (_THERE_AND_BACK,) * 3,
    "stages/07-retired.md": (_ALL_RETIRE,),
}
# One test types every block of the page, and says so itself when it does not.
WHOLLY = {
    "runbooks/stuck.md": f"{_STUCK}test_every_block_of_the_runbook_is_typed_here",
}
# Those marked bash have their output below them, and a test that takes them all.
AS_A_WHOLE = {
    "couplings.md": "tests/docs/test_survey_documents.py::test_what_couplings_shows_is_what_the_survey_prints",
    "worksheet.md": "tests/docs/test_survey_documents.py::test_the_worksheet_shows_what_it_prints",
    # That of 07-retired in the tree of its own stage.
    "stages/": "tests/docs/test_stages.py::test_every_step_prints_what_the_document_says",
}
_AN_HOUR = "takes hours, on a shop of its own; tests/e2e/test_chaos.py runs a sample of these cases"
NOT_TYPED: dict[tuple[str, str], str] = {
    ("README.md", "python -m chaos soak --minutes 10"): "takes 10 minutes, on a shop of its own",
    ("chaos.md", "make chaos"): _AN_HOUR,
    (
        "chaos.md",
        'python -m chaos matrix --victim rabbitmq --step "hand over" --direction back',
    ): _AN_HOUR,
    ("chaos.md", "python -m chaos matrix --sample 12 --seed 3 --again"): _AN_HOUR,
    ("proof.md", "make model"): "is the command that is typed of README.md, and part of make check",
    ("proof.md", "make model DEEP=1"): "takes 8 minutes; proof.md has what it found",
    (
        "proof.md",
        "python -m pytest tests/handover/test_broken.py",
    ): "is tests, which make test runs",
    ("soak.md", "make soak MINUTES=30"): "takes half an hour, on a shop of its own",
    ("soak.md", "python -m chaos soak --minutes 10 --seed 12"): "takes 10 minutes, likewise",
}


def lines_to_type(path: Path, *, name: str) -> list[list[str]]:
    """The lines of each block that a test types."""
    return [
        [line for line in lines if (name, line) not in NOT_TYPED] for lines in shown_lines(path)
    ]


def shown_lines(path: Path) -> list[list[str]]:
    """The lines of each block without what is said about them."""
    return [list(_bare(block)) for block in blocks(path)]


def _bare(block: str) -> Iterator[str]:
    for line in block.splitlines():
        if command := line.partition(" # ")[0].strip():
            yield command
