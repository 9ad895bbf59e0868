"""`python -m strangler.survey`: what it prints, and with which code it leaves."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from strangler.survey.__main__ import run
from strangler.survey.drawing import BEGIN, END
from tests.migration_plan.survey.invented import KEYED, SHOP, built

TIED = KEYED | {"shop/sales/cart.py": "from shop.goods.models import Product\n"}
# A key and an import.
NUMBER = 6


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return built(tmp_path, TIED)


def test_the_report_names_places_and_an_order(shop: Path, capsys) -> None:
    assert run([str(shop)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"{NUMBER} to burn down: 2 apps, 4 models, 6 modules")
    assert "shop/sales/models.py:8 Line.product refers to goods.Product" in printed
    assert "shop/sales/cart.py:1" in printed
    assert "What could leave" in printed


def test_one_app_is_shown_with_all_its_places(shop: Path, capsys) -> None:
    assert run([str(shop), "--app", "goods"]) == 0
    printed = capsys.readouterr().out
    assert f"goods: {NUMBER} of {NUMBER} to burn down" in printed
    assert "sales -> goods" in printed
    assert "import, weight 1; instead:" in printed


def test_the_document_has_everything(shop: Path, capsys) -> None:
    assert run([str(shop), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["number"] == NUMBER == sum(pair["number"] for pair in said["pairs"])
    assert said["kinds"]["key"] == {"places": 1, "weight": 5, "number": 5}
    assert {(one["kind"], one["line"]) for one in said["crossings"]} == {("key", 8), ("import", 1)}
    assert [step["app"] for step in said["order"]] == ["goods", "sales"]


def test_the_pictures_have_an_arrow_per_pair(shop: Path, capsys) -> None:
    assert run([str(shop), "--mermaid"]) == 0
    drawn = capsys.readouterr().out
    assert drawn.startswith("graph LR\n")
    assert drawn.count('app1 -->|"1 import, 1 key"| app0') == 1
    assert run([str(shop), "--dot"]) == 0
    assert '"sales" -> "goods" [label="1 import, 1 key"' in capsys.readouterr().out


def test_the_picture_goes_between_its_marks(shop: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    assert run([str(shop), "--into", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "graph LR" in text
    assert "old" not in text
    assert text.startswith(f"before\n{BEGIN}\n")
    assert text.endswith(f"\n{END}\nafter\n")
    page.write_text("no place\n", encoding="utf-8")
    assert run([str(shop), "--into", str(page)]) == 2
    assert page.read_text(encoding="utf-8") == "no place\n"


@pytest.mark.parametrize(("limit", "code"), [(NUMBER - 1, 1), (NUMBER, 0)])
def test_a_build_fails_above_the_limit(limit: int, code: int, shop: Path, capsys) -> None:
    assert run([str(shop), "--json", "--fail-above", str(limit)]) == code
    assert json.loads(capsys.readouterr().out)["number"] == NUMBER


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--app", "nobody"], "there are goods, sales"),
        (["--without", "nobody"], "no app here: nobody"),
        (["--json", "--dot"], "name one of them"),
        (["--fail-above", "-1"], "--fail-above"),
        (["--colour"], "--colour"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], says: str, shop: Path, capsys) -> None:
    assert run([str(shop), *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("survey: ")
    assert says in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("files", [{}, {"tool.py": "print(1)\n"}])
def test_where_no_app_is_nothing_is_surveyed(files: dict[str, str], tmp_path: Path, capsys) -> None:
    assert run([str(built(tmp_path, files))]) == 2
    assert "no Django app" in capsys.readouterr().err
    assert run([str(tmp_path / "nowhere")]) == 2
    assert "is no folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"print 'two'\n", "line 1"), (b"x = 1\0\n", "null"), (b"# \xff\xfe\nx = '\xff'\n", "utf-8")],
)
def test_a_file_that_is_no_python_is_listed_and_left_out(
    content: bytes, reason: str, shop: Path, capsys
) -> None:
    (shop / "shop" / "old.py").write_bytes(content)
    assert run([str(shop), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [one["file"] for one in said["skipped"]] == ["shop/old.py"]
    assert reason in said["skipped"][0]["reason"].lower()
    assert said["number"] == NUMBER


def test_nothing_of_the_project_is_run(tmp_path: Path) -> None:
    trap = 'import pathlib\npathlib.Path("run").write_text("")\nraise SystemExit(9)\n'
    spiked = {
        name: trap + text if name.endswith("__init__.py") else text for name, text in SHOP.items()
    }
    root = built(tmp_path, spiked)
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "strangler.survey", str(root)],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not (root / "run").exists()
    assert " django" not in done.stderr


def test_code_outside_of_the_apps_is_told_but_not_counted(shop: Path, capsys) -> None:
    glue = "from shop.goods import models\nfrom shop.sales import cart\n"
    built(shop, {"shop/glue.py": glue})
    assert run([str(shop)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"{NUMBER} to burn down")
    assert "shop/glue.py: goods, sales" in printed
