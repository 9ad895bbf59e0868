"""A small Django project that nobody ever runs: two apps, and one coupling per test."""

import textwrap
from pathlib import Path

from strangler.survey.crossing import Crossing
from strangler.survey.detectors import DETECTORS, Detector, find_crossings
from strangler.survey.project import Project, read_project
from strangler.survey.reading import Reading
from strangler.survey.settings import Choices

SHOP = {
    "shop/__init__.py": "",
    "shop/goods/__init__.py": "",
    "shop/goods/models.py": """
        from django.db import models

        class Brand(models.Model):
            name = models.CharField(max_length=80)

        class Product(models.Model):
            name = models.CharField(max_length=80)
            brand = models.ForeignKey(Brand, on_delete=models.CASCADE)
    """,
    "shop/sales/__init__.py": "",
    "shop/sales/models.py": """
        from django.db import models

        class Order(models.Model):
            number = models.CharField(max_length=20)

        class Line(models.Model):
            order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
            product_id = models.BigIntegerField()
    """,
}
# The same with a key from the lines of orders to products, for what follows it.
KEYED = SHOP | {
    "shop/sales/models.py": SHOP["shop/sales/models.py"].replace(
        "product_id = models.BigIntegerField()",
        'product = models.ForeignKey("goods.Product", on_delete=models.PROTECT)',
    ),
}


def built(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return root


def project_of(root: Path, files: dict[str, str], *, choices: Choices | None = None) -> Project:
    return read_project(built(root, files), choices=choices or Choices())


def crossings(
    root: Path,
    files: dict[str, str],
    *,
    choices: Choices | None = None,
    without: Detector | None = None,
) -> list[Crossing]:
    detectors = [detector for detector in DETECTORS if detector is not without]
    return find_crossings(Reading(project_of(root, files, choices=choices)), detectors=detectors)
