"""`strangler retire`: proof of disuse, dump, removal; a kill at each effect; no way back."""

import hashlib
import subprocess
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from stack import testing
from strangler.effects import effects_of
from tests.handover.conftest import DOMAIN, wait_until
from tests.migration_plan.conftest import Walkable
from tests.migration_plan.test_preflight import move

EFFECTS = [effect.name for effect in effects_of(move("cutover", "retired"))]
FIRST_CHANGE = "stop following the stream at the monolith"
WATCH = "see that nobody uses the monolith's tables"
END = "end the stream to the monolith"
# Those before it change nothing, and whoever was killed there has begun nothing.
KILLABLE = EFFECTS[EFFECTS.index(FIRST_CHANGE) :]
RETIRE = ("retire", DOMAIN, "--yes-i-mean", DOMAIN)
QUICK = (*RETIRE, "--for", "1s")


@pytest.fixture
def at_cutover(before_cutover: Walkable) -> Walkable:
    plan = before_cutover.folder / f"{DOMAIN}.yaml"
    dumps = before_cutover.folder / "dumps"
    plan.write_text(f"{plan.read_text()}\nretire: {{quiet_s: 1, dumps: {dumps}}}\n")
    before_cutover.run("advance", DOMAIN)
    return before_cutover


def kill_at(walkable: Walkable, effect: str) -> None:
    """Kill the retirement when it is about to do this; a cutover had effects of the same names."""
    process = walkable.start(*QUICK)
    query = "SELECT 1 FROM handover.journal WHERE step = %s AND detail ->> 'to' = 'retired'"
    with walkable.operator() as connection:
        while connection.execute(query, (effect,)).fetchone() is None:
            assert process.poll() is None
    walkable.kill(process)


def is_retired(walkable: Walkable) -> None:
    """The end, by whatever way: one owner, no tables, a dump that is whole, the fence."""
    status = walkable.run("status", DOMAIN)
    assert (status["position"], status["owner"]) == ("retired", "service")
    assert status["findings"] == []
    with walkable.operator() as connection:
        tables = connection.execute("SELECT handover.tables_of(%s)", (DOMAIN,)).fetchall()
        dump = connection.execute("SELECT dump FROM handover.retirement").fetchone()
    assert tables == []
    assert dump is not None
    noted = dump["dump"]
    content = Path(noted["path"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == noted["sha256"]
    assert noted["rows"] == {"public.shop_thing": 35}
    assert len(walkable.shop.service.rows()) == 35
    with walkable.shop.service.connect() as connection:
        key = next(iter(walkable.shop.service.rows()))
        assert walkable.shop.service.put(connection, key, "written afterwards") > 1
    assert "is retired" in walkable.run("retreat", DOMAIN, code=2)["stderr"]


@pytest.mark.slow
def test_a_seam_retires_and_whoever_still_asks_the_monolith_learns_why(
    at_cutover: Walkable,
) -> None:
    shop = at_cutover.shop
    done = at_cutover.run(*QUICK)
    assert [effect["name"] for effect in done["steps"][0]["effects"]][-len(KILLABLE) :] == KILLABLE
    is_retired(at_cutover)
    gateway = at_cutover.gateway
    for targets in gateway.weights.values():
        assert targets.keys() == set(gateway.service_targets)
    with shop.monolith.connect() as old_process:
        for question in (
            "SELECT * FROM shop_thing",
            "SELECT label FROM shop_thing WHERE id = gen_random_uuid()",
        ):
            with pytest.raises(psycopg.Error) as asked:
                old_process.execute(question)
            assert asked.value.sqlstate == "DM005"
            assert "shop was retired from this database" in str(asked.value)
        for write in (
            "INSERT INTO shop_thing VALUES (gen_random_uuid(), 'x', 1, now())",
            "UPDATE shop_thing SET version = version + 1",
            "DELETE FROM shop_thing",
        ):
            with pytest.raises(psycopg.Error) as refused:
                old_process.execute(write)
            assert refused.value.sqlstate == "DM001"
    assert at_cutover.run("status", DOMAIN)["monolith"]["caught"] == 3
    assert at_cutover.run("advance", DOMAIN)["steps"] == []


@pytest.mark.slow
def test_files_that_put_the_monolith_back_do_not_keep_it_there(at_cutover: Walkable) -> None:
    gateway = at_cutover.gateway
    assert at_cutover.run("uphold") == {"retired": [], "upstreams": [], "stderr": ""}
    before = {upstream: dict(targets) for upstream, targets in gateway.weights.items()}
    assert before["shop-read"].keys() > set(gateway.service_targets)
    at_cutover.run(*QUICK)
    gateway.weights = {upstream: dict(targets) for upstream, targets in before.items()}

    seen = at_cutover.run("uphold", "--dry-run")
    assert (seen["retired"], gateway.weights) == ([DOMAIN], before)
    assert set(at_cutover.run("uphold")["upstreams"]) == before.keys()
    for targets in gateway.weights.values():
        assert targets.keys() == set(gateway.service_targets)
    assert at_cutover.run("uphold")["upstreams"] == []


@pytest.mark.slow
def test_the_dump_can_be_restored_row_by_row(at_cutover: Walkable) -> None:
    rows = at_cutover.shop.monolith.rows()
    at_cutover.run(*QUICK)
    dump = at_cutover.folder / "dumps" / f"{DOMAIN}.dump"
    with testing.scratch_database("monolith") as variables:
        url = variables["MONOLITH_OWNER_DATABASE_URL"]
        name = str(conninfo_to_dict(url)["dbname"])
        sections = ("--section=pre-data", "--section=data")
        command = (
            "pg_restore",
            "--no-owner",
            "--no-privileges",
            *sections,
            f"--dbname={url}",
            str(dump),
        )
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{name}: {done.stderr}"
        with psycopg.connect(url) as connection:
            found = connection.execute("SELECT id, label, version FROM shop_thing").fetchall()
    assert {key: (label, version) for key, label, version in found} == rows


@pytest.mark.slow
@pytest.mark.parametrize("effect", KILLABLE)
def test_a_retirement_killed_at_any_effect_is_finished_by_resume(
    at_cutover: Walkable, effect: str
) -> None:
    kill_at(at_cutover, effect)
    # The shop goes on meanwhile, and the reconcile of before gets old.
    shop = at_cutover.shop
    with shop.service.connect() as connection:
        key = next(iter(shop.service.rows()))
        shop.service.put(connection, key, "written while nobody followed")
    with shop.monolith.connect("owner") as connection:
        connection.execute("UPDATE handover.journal SET at = at - interval '1 hour'")
    assert at_cutover.run("status", DOMAIN)["position"] in {
        "between cutover and retired",
        "retired",
    }
    if at_cutover.run("status", DOMAIN)["latest_run"]["state"] == "open":
        at_cutover.run("resume", DOMAIN)
    is_retired(at_cutover)


@pytest.mark.slow
def test_until_the_stream_has_ended_the_copy_can_be_kept(at_cutover: Walkable) -> None:
    process = at_cutover.start(*RETIRE, "--for", "1h")
    wait_until(lambda: at_cutover.journaled(WATCH), what="the watch")
    at_cutover.kill(process)
    assert at_cutover.run("resume", DOMAIN, "--to", "cutover")["ok"]
    with at_cutover.shop.service.connect() as connection:
        key = next(iter(at_cutover.shop.service.rows()))
        at_cutover.shop.service.put(connection, key, "the stream goes on")
    assert at_cutover.run("retreat", DOMAIN, "--to", "canary-100")["ok"]
    at_cutover.is_consistent(owner="monolith")


@pytest.mark.slow
@pytest.mark.parametrize("use", ["reads", "caught by the net", "turned away at the door"])
def test_whoever_uses_the_copy_while_it_is_watched_stops_it(at_cutover: Walkable, use: str) -> None:
    process = at_cutover.start(*RETIRE, "--for", "1h")
    wait_until(lambda: at_cutover.journaled(WATCH), what="the watch")
    statements = {
        "reads": "SELECT count(*) FROM shop_thing",
        "caught by the net": "DELETE FROM shop_thing",
        "turned away at the door": "SELECT handover.enter('shop')",
    }
    while process.poll() is None:
        # The counters are looked at for a while before they count.
        with at_cutover.shop.monolith.connect() as connection, suppress(psycopg.DatabaseError):
            connection.execute(statements[use])
    _, err = process.communicate()
    assert process.returncode == 1
    assert "the monolith's copy is in use" in err
    assert use in err
    assert f"strangler resume {DOMAIN} --to cutover" in err
    # Only a retirement that is typed anew may be a shorter one.
    assert at_cutover.run(*QUICK)["ok"]
    is_retired(at_cutover)


@pytest.mark.slow
def test_nothing_begins_before_the_name_is_typed(at_cutover: Walkable) -> None:
    refused = at_cutover.run("retire", DOMAIN, "--yes-i-mean", "shoppe", code=2)
    assert "'shoppe' is not 'shop'" in refused["stderr"]
    assert at_cutover.run("retire", DOMAIN, code=2)["ok"] is False
    shown = at_cutover.run("retire", DOMAIN, "--dry-run", "--for", "30m")
    assert [e["name"] for e in shown["moves"][0]["effects"]] == EFFECTS
    assert shown["watched"] == "1800 s"
    assert "public.shop_thing" in shown["tables"]
    assert shown["counters"]["writes caught by the net"] == 0
    assert "--for" in at_cutover.run("retire", DOMAIN, "--for", "soon", code=2)["stderr"]
    assert at_cutover.run("advance", DOMAIN, "--to", "retired", code=2)["error"]
    assert at_cutover.run("status", DOMAIN)["position"] == "cutover"


@pytest.mark.slow
def test_a_retirement_that_was_refused_is_asked_for_anew(at_cutover: Walkable) -> None:
    at_cutover.shop.kill("monolith-applier")
    refused = at_cutover.run(*QUICK, "--no-wait", code=2)
    assert "the stream is carried and applied" in refused["stderr"]
    assert f"strangler retire {DOMAIN} --dry-run" in refused["stderr"]
    again = at_cutover.run("resume", DOMAIN, code=2)
    assert "nothing of the retirement was begun" in again["stderr"]


def test_only_what_stands_at_cutover_retires(walkable: Walkable) -> None:
    refused = walkable.run("retire", DOMAIN, "--yes-i-mean", DOMAIN, code=2)
    assert "retires from cutover only" in refused["stderr"]
