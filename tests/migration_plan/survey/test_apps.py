"""What is an app, and by which label, is told from the code alone."""

from pathlib import Path

import pytest

from strangler.survey.files import SurveyError
from strangler.survey.settings import Choices, read_choices
from tests.migration_plan.survey.invented import SHOP, built, crossings, project_of

CONFIG = """
    from django.apps import AppConfig
    class GoodsConfig(AppConfig):
        name = "shop.goods"
        label = "wares"
"""


def apps_of(root: Path, files: dict[str, str]) -> list[str]:
    return project_of(root, files).apps


def test_a_package_with_models_is_an_app(tmp_path: Path) -> None:
    assert apps_of(tmp_path, SHOP) == ["goods", "sales"]


def test_the_config_names_the_label(tmp_path: Path) -> None:
    assert apps_of(tmp_path, SHOP | {"shop/goods/apps.py": CONFIG}) == ["wares", "sales"]


def test_settings_install_what_has_no_models(tmp_path: Path) -> None:
    more = {"shop/tools/__init__.py": "", "shop/settings.py": 'INSTALLED_APPS = ["shop.tools"]\n'}
    assert apps_of(tmp_path, SHOP | more) == ["goods", "sales", "tools"]


def test_a_folder_of_forms_called_models_is_none(tmp_path: Path) -> None:
    forms = "from django import forms\nclass ProductForm(forms.ModelForm): ...\n"
    more = {"shop/pages/__init__.py": "", "shop/pages/models.py": forms}
    assert apps_of(tmp_path, SHOP | more) == ["goods", "sales"]


def test_models_may_be_a_package_and_an_abstract_half(tmp_path: Path) -> None:
    more = {
        "shop/mail/__init__.py": "",
        "shop/mail/abstract_models.py": """
            from django.db import models
            class AbstractMail(models.Model):
                order = models.ForeignKey("sales.Order", on_delete=models.CASCADE)
                class Meta:
                    abstract = True
        """,
        "shop/mail/models/__init__.py": "from shop.mail.models.mail import *\n",
        "shop/mail/models/mail.py": """
            from shop.mail.abstract_models import *
            class Mail(AbstractMail): ...
        """,
    }
    found = crossings(tmp_path, SHOP | more)
    assert [(c.source, c.target, c.file) for c in found] == [
        ("mail", "sales", "shop/mail/abstract_models.py")
    ]


def test_a_project_may_lie_below_a_folder_without_a_package(tmp_path: Path) -> None:
    moved = {f"src/{name}": text for name, text in SHOP.items()}
    moved["src/shop/sales/cart.py"] = "from shop.goods.models import Product\n"
    assert len(crossings(tmp_path, moved)) == 1


def test_the_folder_of_the_package_itself_may_be_named(tmp_path: Path) -> None:
    built(tmp_path, SHOP | {"shop/sales/cart.py": "from shop.goods.models import Product\n"})
    assert len(crossings(tmp_path / "shop", {})) == 1


def test_a_virtual_environment_inside_is_not_the_project(tmp_path: Path) -> None:
    more = {"env/pyvenv.cfg": "", "env/other/models.py": SHOP["shop/sales/models.py"]}
    assert apps_of(tmp_path, SHOP | more) == ["goods", "sales"]


def test_choices_are_read_from_the_project(tmp_path: Path) -> None:
    built(tmp_path, {"pyproject.toml": '[tool.survey]\nwithout = ["a"]\ndoors = ["api"]\n'})
    assert read_choices(tmp_path / "shop") == Choices(without=("a",), doors=("api",))


@pytest.mark.parametrize(
    "text", ["[tool.survey]\nwithuot = []\n", '[tool.survey]\ndoors = "seam"\n', "[tool.survey\n"]
)
def test_choices_that_cannot_be_meant_are_refused(text: str, tmp_path: Path) -> None:
    built(tmp_path, {"pyproject.toml": text})
    with pytest.raises(SurveyError, match=r"pyproject\.toml"):
        read_choices(tmp_path)
