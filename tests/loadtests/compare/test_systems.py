"""How trees are asked, by commands of their own, and in which order their seams move."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from loadtests.compare.errors import CompareError
from loadtests.compare.stands import Clones, commit_of
from loadtests.compare.subjects import Subject
from loadtests.compare.systems import System, fill, known
from loadtests.compare.trees import Tree

# Instead of an interpreter: notes what it was asked, and answers by the first words.
_PYTHON = """\
#!/bin/sh
shift
echo "$@" >> "{root}/asked"
echo "$STACK_PORT_BASE $STATE_DIR" >> "{root}/environment"
name=$(echo "$1-$2-$3" | tr -d / )
if [ -e "{root}/answers/$name" ]; then cat "{root}/answers/$name"; exit 0; fi
if [ -e "{root}/answers/$1-$2" ]; then cat "{root}/answers/$1-$2"; exit 0; fi
echo "unknown: $1 $2" >&2
exit 3
"""


class Fake:
    """A tree whose commands answer what a test wants."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / ".venv/bin").mkdir(parents=True)
        (root / "answers").mkdir()
        python = root / ".venv/bin/python"
        python.write_text(_PYTHON.format(root=root))
        python.chmod(0o755)
        self.tree = Tree.at(root, port_base="12345")

    def answers(self, name: str, document: object) -> None:
        text = document if isinstance(document, str) else json.dumps(document)
        (self.root / "answers" / name).write_text(text)

    def asked(self) -> list[str]:
        return (self.root / "asked").read_text().splitlines()

    def moved(self) -> list[str]:
        return [line for line in self.asked() if not line.startswith("strangler status")]


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return Fake(tmp_path / "tree")


LADDER = ["monolith", "shadow", "cutover"]


def with_seams(fake: Fake, positions: Mapping[str, str]) -> System:
    seams = fake.root / "migration-plan/seams"
    seams.mkdir(parents=True)
    (seams / "catalog.yaml").touch()
    rows = [{"seam": seam, "position": position} for seam, position in positions.items()]
    fake.answers("strangler-status---json", rows)
    for seam, position in positions.items():
        fake.answers(f"strangler-status-{seam}", {"positions": LADDER, "position": position})
    for verb in ("advance", "retreat", "resume"):
        fake.answers(f"strangler-{verb}", {"ok": True})
    # Nobody listens there: the reader who should be curious finds no shop, and goes.
    return System(tree=fake.tree.knowing({"KONG_PROXY_URL": "http://127.0.0.1:1"}))


def test_who_is_asked_leaves_first_and_returns_last(fake: Fake) -> None:
    system = with_seams(fake, {"orders": "monolith", "catalog": "shadow", "payments": "cutover"})
    system.place_all("cutover", say=lambda _: None)
    assert fake.moved() == [
        "strangler advance catalog --to cutover --json",
        "strangler advance orders --to cutover --json",
    ]
    (fake.root / "asked").unlink()
    system.place_all("monolith", say=lambda _: None)
    assert fake.moved() == [
        "strangler retreat payments --to monolith --json",
        "strangler retreat catalog --to monolith --json",
    ]


def test_what_was_cut_off_between_two_positions_is_resumed(fake: Fake) -> None:
    system = with_seams(fake, {"catalog": "shadow -> cutover"})
    system.place_all("cutover", say=lambda _: None)
    assert fake.moved() == ["strangler resume catalog --to cutover --json"]


def test_what_is_retired_stays_where_it_is(fake: Fake) -> None:
    with_seams(fake, {"catalog": "retired"}).place_all("cutover", say=lambda _: None)
    assert fake.moved() == []


def test_a_move_that_failed_says_why(fake: Fake) -> None:
    system = with_seams(fake, {"catalog": "monolith"})
    fake.answers("strangler-advance", {"ok": False, "error": "the lag is 300"})
    with pytest.raises(CompareError, match="advance catalog to cutover: the lag is 300"):
        system.place_all("cutover", say=lambda _: None)


def test_a_stage_without_seams_has_nothing_to_move_and_a_door_of_its_own(fake: Fake) -> None:
    fake.answers("stack-env", {"MONOLITH_URL": "http://127.0.0.1:18100", "PORT": 1})
    system = known(fake.tree)
    assert system.positions() == {}
    system.place_all("cutover", say=lambda _: None)
    assert system.door == "http://127.0.0.1:18100"
    assert fake.asked() == ["stack env --json"]


def test_a_system_that_hides_its_door_is_refused(fake: Fake) -> None:
    with pytest.raises(CompareError, match="does not say where its door is"):
        _ = System(tree=fake.tree).door


def test_a_tree_hears_nothing_of_another_system(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("STATE_DIR", "STACK_PORT_BASE", "KONG_ADMIN_URL", "CATALOG_URLS", "MAKEFLAGS"):
        monkeypatch.setenv(name, "of another")
    tree = Tree.at(fake.root, port_base="12345")
    fake.answers("stack-env", {})
    tree.ask("stack", "env", "--json")
    assert (fake.root / "environment").read_text().strip() == "12345"
    assert "of another" not in tree.environment.values()


def test_a_command_that_fails_is_named_with_its_last_words(fake: Fake) -> None:
    with pytest.raises(CompareError, match=r"`python -m stack up` in .* ended with 3: unknown"):
        fake.tree.module("stack", "up")


def test_a_command_that_does_not_print_json_is_named(fake: Fake) -> None:
    fake.answers("stack-env", "ready")
    with pytest.raises(CompareError, match="`python -m stack env` did not print JSON"):
        fake.tree.ask("stack", "env")


def test_a_shop_is_filled_from_the_same_seed(fake: Fake) -> None:
    fake.answers("monolith.manage-seed", "")
    fake.answers("monolith.manage-make_identities", "")
    sizes = {"products": 10, "orders": 5}
    fill(System(tree=fake.tree), sizes, seed=7, say=lambda _: None)
    assert fake.asked() == [
        "monolith.manage seed --products 10 --orders 5 --seed 7",
        "monolith.manage make_identities",
    ]


def test_settings_are_read_from_the_tree_that_is_measured(fake: Fake) -> None:
    (fake.root / "monolith").mkdir()
    (fake.root / "monolith/gunicorn.conf.py").write_text("workers = 3\nthreads = 8\nbind = 'x'\n")
    found = System(tree=fake.tree.knowing({"AUTH_REQUIRED": "on"})).settings()
    assert found["gunicorn workers"] == "3"
    assert found["gunicorn threads"] == "8"
    assert found["tokens are asked for"] == "on"
    assert "gunicorn bind" not in found


def test_a_revision_is_a_commit_or_there_is_none() -> None:
    assert len(commit_of(Subject.of("HEAD", role="before"))) == 40
    with pytest.raises(CompareError, match="there is no revision 'v9/nothing' here"):
        commit_of(Subject.of("v9/nothing", role="before"))


def test_clones_wait_until_our_own_system_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def says(_: Tree, *words: str, codes: tuple[int, ...] = (0,)) -> object:
        assert words[:2] == ("stack", "status")
        return [{"process": "monolith", "state": "ready", "pid": 1}]

    monkeypatch.setattr(Tree, "ask", says)
    clones = Clones(port_base="23000", sizes={}, seed=1, say=lambda _: None)
    with pytest.raises(CompareError, match="stop it first: make down"), clones.opened():
        pass
