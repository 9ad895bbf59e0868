"""Each kind of coupling is found where it stands, by its detector and by no other."""

from pathlib import Path

import pytest

from strangler.survey.crossing import Kind
from strangler.survey.detectors import DETECTORS
from strangler.survey.settings import Choices
from tests.migration_plan.survey.couplings import COUPLINGS, Coupling
from tests.migration_plan.survey.invented import KEYED, SHOP, crossings

EACH_COUPLING = pytest.mark.parametrize("coupling", COUPLINGS, ids=lambda c: c.name)


def places(found, kind):
    return [(c.source, c.target, c.file, c.line) for c in found if c.kind is kind]


@EACH_COUPLING
def test_a_coupling_is_found_where_it_stands(coupling: Coupling, tmp_path: Path) -> None:
    found = places(crossings(tmp_path, coupling.files), coupling.kind)
    expected = (coupling.source, coupling.target, coupling.file, coupling.line)
    before = places(crossings(tmp_path / "before", coupling.project), coupling.kind)
    assert set(found) - set(before) == {expected}


@EACH_COUPLING
def test_nobody_else_finds_it(coupling: Coupling, tmp_path: Path) -> None:
    detector = next(each for each, kinds in DETECTORS.items() if coupling.kind in kinds)
    assert places(crossings(tmp_path, coupling.files, without=detector), coupling.kind) == []


def test_every_kind_has_a_coupling_and_one_detector() -> None:
    assert {coupling.kind for coupling in COUPLINGS} == set(Kind)
    assert sorted(kind for kinds in DETECTORS.values() for kind in kinds) == sorted(Kind)


def test_apps_that_leave_each_other_alone_have_no_crossings(tmp_path: Path) -> None:
    assert crossings(tmp_path, SHOP) == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("sales/types.py", "if TYPE_CHECKING:\n    from shop.goods.models import Product\n"),
        ("sales/tests/test_cart.py", "from shop.goods.models import Product\n"),
        ("sales/migrations/0001_initial.py", "from shop.goods.models import Product\n"),
        (
            "sales/cart.py",
            "from shop.sales.models import Order\nfrom shop import goods_of_others\n",
        ),
        ("sales/words.py", 'TEXT = "what is left FROM goods"\n'),
        ("urls.py", "from shop.goods import models\n"),
    ],
)
def test_what_does_not_tie_apps_is_not_counted(file: str, text: str, tmp_path: Path) -> None:
    assert crossings(tmp_path, SHOP | {f"shop/{file}": text}) == []


@pytest.mark.parametrize(
    "query",
    [
        "Line.objects.filter(product__id=1)",
        "Line.objects.filter(product__in=[1])",
        "Line.objects.filter(product_id=1, order__number='1')",
        "Line.objects.select_related('order')",
        "others.filter(made__up=1)",
    ],
)
def test_a_comparison_with_the_key_alone_joins_nothing(query: str, tmp_path: Path) -> None:
    file = {"shop/sales/q.py": f"from shop.sales.models import Line\ndef f(others):\n    {query}\n"}
    assert places(crossings(tmp_path, KEYED | file), Kind.JOIN) == []


@pytest.mark.parametrize(
    "body",
    [
        "Order.objects.create(number='1'); list(Product.objects.all())",
        "Order.objects.create(number='1'); transaction.on_commit(lambda: Product().save())",
    ],
)
def test_reading_and_what_waits_for_the_commit_are_no_part_of_it(body: str, tmp_path: Path) -> None:
    text = f"""
        from django.db import transaction
        from shop.goods.models import Product
        from shop.sales.models import Order
        def place():
            with transaction.atomic():
                {body}
    """
    assert places(crossings(tmp_path, SHOP | {"shop/sales/p.py": text}), Kind.TRANSACTION) == []


def test_links_belong_to_the_model_that_has_the_field(tmp_path: Path) -> None:
    text = """
        from django.db import models, transaction
        class Offer(models.Model):
            products = models.ManyToManyField("goods.Product")
            @transaction.atomic
            def widen(self, products):
                self.save()
                self.products.set(products)
    """
    assert places(crossings(tmp_path, SHOP | {"shop/sales/o.py": text}), Kind.TRANSACTION) == []


def test_a_transaction_may_have_a_name_of_the_team(tmp_path: Path) -> None:
    text = """
        from shop.goods.models import Product
        from shop.sales.models import Order
        def place():
            with recorded("sales"):
                Order().save()
                Product().save()
    """
    files = SHOP | {"shop/sales/p.py": text}
    assert places(crossings(tmp_path, files), Kind.TRANSACTION) == []
    named = Choices(atomic=("recorded",))
    found = crossings(tmp_path, files, choices=named)
    assert places(found, Kind.TRANSACTION) == [("sales", "goods", "shop/sales/p.py", 4)]


def test_an_app_that_is_left_out_is_nobody(tmp_path: Path) -> None:
    files = SHOP | {"shop/sales/cart.py": "from shop.goods.models import Product\n"}
    assert crossings(tmp_path, files, choices=Choices(without=("goods",))) == []


def test_an_abstract_model_has_no_table_to_inherit(tmp_path: Path) -> None:
    text = """
        from shop.goods.models import Product
        class Bundle(Product):
            class Meta:
                abstract = True
    """
    assert places(crossings(tmp_path, SHOP | {"shop/sales/b.py": text}), Kind.KEY) == []


def test_one_name_alone_is_guessed_only_if_all_models_agree(tmp_path: Path) -> None:
    asked = {
        "shop/sales/models.py": KEYED["shop/sales/models.py"].replace("product =", "ware ="),
        "shop/sales/q.py": "def f(rows):\n    return rows.select_related('ware')\n",
    }
    expected = [("sales", "goods", "shop/sales/q.py", 2)]
    assert places(crossings(tmp_path / "one", SHOP | asked), Kind.JOIN) == expected
    photos = """
        from django.db import models
        class Photo(models.Model):
            ware = models.ForeignKey("goods.Product", on_delete=models.CASCADE)
    """
    both = SHOP | asked | {"shop/goods/photos.py": photos}
    assert places(crossings(tmp_path / "two", both), Kind.JOIN) == []
