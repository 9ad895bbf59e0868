"""`strangler status` says of each seam who owns it, what waits to be published, and what is fenced."""

import json
import os
import subprocess
import sys

import pytest

from strangler.asking import DATABASE
from tests.handover.conftest import DOMAIN, Shop, keys, shop, templates, wait_until

__all__ = ["keys", "shop", "templates"]


def strangler(shop: Shop | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    known = {} if shop is None else {DATABASE: shop.monolith.urls["operator"]}
    variables = {name: value for name, value in os.environ.items() if name != DATABASE}
    return subprocess.run(
        [sys.executable, "-m", "strangler", *arguments],
        env=variables | known,
        capture_output=True,
        text=True,
        check=False,
    )


def told(shop: Shop) -> dict[str, object]:
    done = strangler(shop, "status", DOMAIN, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_facts_wait_until_the_relay_works(shop, keys):
    assert told(shop)["recorded"] == 0
    with shop.monolith.hand() as hand:
        hand.start_capture(DOMAIN)
    with shop.monolith.connect() as connection:
        for key in keys:
            shop.monolith.put(connection, key, str(key))
    waiting = told(shop)
    assert (waiting["recorded"], waiting["unpublished"]) == (len(keys) + 1, len(keys) + 1)
    assert waiting["monolith"]["is_relay_at_work"] is False

    shop.start("monolith-relay")
    wait_until(lambda: told(shop)["unpublished"] == 0)

    published = told(shop)
    assert published["recorded"] == len(keys) + 1
    assert published["monolith"]["is_relay_at_work"] is True


def test_the_owner_the_epoch_and_the_fence_are_named(shop):
    found = told(shop)
    assert (found["seam"], found["position"]) == (DOMAIN, "monolith")
    assert (found["owner"], found["epoch"]) == ("monolith", 1)
    assert found["fenced"] == ["shop_thing"]
    with shop.monolith.connect("owner") as owner:
        owner.execute("ALTER TABLE shop_thing DISABLE TRIGGER handover_fence")
        owner.execute("UPDATE handover.ownership SET mode = 'RELEASED', epoch = 2")
    assert (told(shop)["owner"], told(shop)["fenced"]) == (None, [])


def test_people_are_shown_all_seams(shop):
    done = strangler(shop, "status")
    assert done.returncode == 0, done.stderr
    for word in (f"seam {DOMAIN}", "monolith, epoch 1", "relay is idle", "0 facts", "on 1 tables"):
        assert word in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("status", "nothing"), f"there is no seam nothing; there are: {DOMAIN}"),
        (("statuss",), "No such command"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_2(shop, arguments, said):
    done = strangler(shop, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_an_address_it_says_where_to_get_one():
    done = strangler(None, "status")
    assert done.returncode == 2
    assert f"{DATABASE} is not set" in done.stderr
    assert "python -m stack env" in done.stderr


def test_a_database_that_is_away_is_one_line_and_1():
    done = subprocess.run(
        [sys.executable, "-m", "strangler", "status", "--json"],
        env=os.environ | {DATABASE: "postgresql://strangler@127.0.0.1:1/monolith"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["ok"] is False
    assert "does not answer" in done.stderr
