"""A shop that was filled at one stage is brought to the next, and back, by the code of each."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest

from stack import testing
from stages.git import Git
from stages.manifest import Tag
from tests.docs.markdown import ROOT
from tests.migration_plan.stages.databases import Databases, back, equal, kept
from tests.migration_plan.stages.past import Past, published, unpacked
from tests.migration_plan.stages.programs import RETIRE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

FILLED = "the shop is filled already"


def migrations(tag: Tag) -> set[str]:
    """The monolith's, of that time."""
    files = Git(ROOT)("ls-tree", "-r", "--name-only", tag.commit, "monolith/").splitlines()
    return {file for file in files if re.search(r"/migrations/\d{4}_\w+\.py$", file)}


PAIRS = tuple(pairwise(published()))
# The way back is promised as long as the code still knows where it came from.
BOTH_WAYS = [pair for pair in PAIRS if migrations(pair[0]) <= migrations(pair[1])]
ONE_WAY = [pair for pair in PAIRS if pair not in BOTH_WAYS]


def named(pair: tuple[Tag, Tag]) -> str:
    return f"{pair[0].stage}-to-{pair[1].stage}"


@pytest.fixture
def stages(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Past, Past]:
    older, newer = request.param
    return unpacked(older, tmp_path), unpacked(newer, tmp_path)


@pytest.fixture
def databases(
    stages: tuple[Past, Past], servers: dict[str, str], tmp_path: Path
) -> Iterator[Databases]:
    """A database for every side that the newer stage has; filled at the older one."""
    with ExitStack() as scratch:
        variables = {
            **servers,
            **scratch.enter_context(testing.scratch_vhost()),
            "STATE_DIR": str(tmp_path / "state"),
            "DJANGO_SETTINGS_MODULE": "monolith.config.settings.dev",
        }
        for side in ("monolith", *stages[1].services):
            variables |= scratch.enter_context(testing.scratch_database(side))
        made, older = Databases(variables=variables), stages[0]
        for side in ("monolith", *older.services):
            made.migrate(older, side)
        made.seed(older)
        made.buy(older)
        made.copy_to_services(older)
        for side in ("monolith", *older.services):
            rows = made.rows(side)
            assert any(rows.values()), f"{side} is empty"
        yield made


@pytest.mark.parametrize("stages", BOTH_WAYS, ids=named, indirect=True)
def test_a_filled_shop_is_brought_to_the_next_stage_and_back(
    stages: tuple[Past, Past], databases: Databases
) -> None:
    older, newer = stages
    sides = ("monolith", *older.services)
    rows = {side: databases.rows(side) for side in sides}
    applied = {side: databases.applied(side) for side in sides}
    for side in ("monolith", *newer.services):
        databases.migrate(newer, side)
    for side in sides:
        assert kept(rows[side], databases.rows(side)), side
    assert FILLED in databases.seed(newer)

    for side in sides:
        for to in back(applied[side], databases.applied(side), is_monolith=side == "monolith"):
            databases.migrate(newer, side, *to)
        assert set(databases.applied(side)) == set(applied[side])
        assert equal(rows[side], databases.rows(side)), side
    assert FILLED in databases.seed(older)


@pytest.mark.parametrize("stages", ONE_WAY, ids=named, indirect=True)
def test_a_shop_whose_seams_have_retired_forgets_their_tables_and_nothing_else(
    stages: tuple[Past, Past], databases: Databases
) -> None:
    older, newer = stages
    older.run("-c", RETIRE, *older.services, variables=databases.variables)
    sides = ("monolith", *older.services)
    rows = {side: databases.rows(side) for side in sides}
    for side in sides:
        databases.migrate(newer, side)
    for service in older.services:
        assert kept(rows[service], databases.rows(service)), service
    people = {"customers_customer": rows["monolith"]["customers_customer"]}
    assert kept(people, databases.rows("monolith"))
    left = databases.relations("monolith")
    assert not [name for name in left if name.startswith(older.services)]
