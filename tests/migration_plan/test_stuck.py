"""Each way in which a handover can stick, and its runbook, followed to the letter.

The system is brought there, the words of the runbook are looked for, its commands are typed, and then one
side owns and nothing is missing.
"""

import pytest

from tests.docs.markdown import blocks
from tests.handover.conftest import DOMAIN, wait_until
from tests.migration_plan.runbook import FOLDER, LOOK, Reader, Section, sections
from tests.migration_plan.scenes import FORWARD_ONLY, SCENES, Scene
from tests.migration_plan.scenes_of_copies import SCENES as COPIES
from tests.migration_plan.stage import Stage, reader, stage

__all__ = ["reader", "stage"]

ALWAYS = sections("stuck")["A handover is stuck"]
FORWARD, BACK = (
    {t: s for t, s in sections("stuck", way=way).items() if s.sees} for way in ("forward", "back")
)


def test_every_section_of_the_runbook_is_followed_here() -> None:
    followed = SCENES.keys() | FORWARD_ONLY.keys() | COPIES.keys()
    assert followed == FORWARD.keys() == BACK.keys()


def test_every_block_of_the_runbook_is_typed_here() -> None:
    """None is of another kind of section, and none of a way that nobody goes."""
    # What each scene types first, to see the words.
    typed = [ALWAYS.types]
    assert ALWAYS.types == (LOOK.replace(DOMAIN, "catalog"),)
    for title in SCENES.keys() | FORWARD_ONLY.keys() | COPIES.keys():
        ways = {FORWARD[title].types} | ({BACK[title].types} if title in SCENES else set())
        typed += ways
    page = [line.strip() for block in blocks(FOLDER / "stuck.md") for line in block.splitlines()]
    assert sorted(line for lines in typed for line in lines) == sorted(page)


@pytest.mark.slow
@pytest.mark.parametrize("title", SCENES | FORWARD_ONLY)
@pytest.mark.parametrize("stage", ["canary-100"], indirect=True)
def test_whoever_follows_the_runbook_gets_out_of_it(
    title: str, stage: Stage, reader: Reader
) -> None:
    follow(FORWARD[title], (SCENES | FORWARD_ONLY)[title], stage, reader)
    stage.walkable.agrees(owner="service")
    all_is_well(stage, at="cutover")


@pytest.mark.slow
@pytest.mark.parametrize("title", SCENES)
@pytest.mark.parametrize("stage", ["cutover"], indirect=True)
def test_and_on_the_way_back_as_well(title: str, stage: Stage, reader: Reader) -> None:
    follow(BACK[title], SCENES[title], stage, reader)
    stage.walkable.agrees(owner="monolith")
    all_is_well(stage, at="canary-100")


@pytest.mark.slow
@pytest.mark.parametrize("title", COPIES)
@pytest.mark.parametrize("stage", ["monolith"], indirect=True)
def test_whoever_follows_it_gets_a_copy(title: str, stage: Stage, reader: Reader) -> None:
    follow(FORWARD[title], COPIES[title], stage, reader)
    all_is_well(stage, at="shadow")


def follow(section: Section, scene: Scene, stage: Stage, reader: Reader) -> None:
    said = scene(stage)
    reader.sees(section, said=said)
    for happens in stage.meanwhile:
        happens()
    reader.types(section, **stage.blanks)


def all_is_well(stage: Stage, *, at: str) -> None:
    """The move came to its end, and both sides have all that was written."""
    status = stage.walkable.run("status", DOMAIN)
    assert (status["position"], status["findings"]) == (at, [])
    rows = stage.taker.rows()
    assert {key: rows[key][0] for key in stage.written} == stage.written
    wait_until(lambda: stage.giver.rows() == stage.taker.rows(), what="equality")
