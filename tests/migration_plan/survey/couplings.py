"""One way to write each coupling per entry, as teams write them, and where it is to be found."""

from dataclasses import dataclass, field

from strangler.survey.crossing import Kind
from tests.migration_plan.survey.invented import KEYED, SHOP


@dataclass(frozen=True, kw_only=True)
class Coupling:
    name: str
    kind: Kind
    source: str
    target: str
    file: str
    text: str
    line: int
    project: dict[str, str] = field(default_factory=lambda: SHOP)

    @property
    def files(self) -> dict[str, str]:
        return self.project | {self.file: self.text}


def sales(name: str, kind: Kind, *, file: str, line: int, text: str, **more) -> Coupling:
    """Of sales to goods, as nearly all of them are."""
    return Coupling(
        name=name,
        kind=kind,
        source=more.pop("source", "sales"),
        target=more.pop("target", "goods"),
        file=f"shop/{file}",
        line=line,
        text=text,
        **more,
    )


COUPLINGS = [
    sales(
        "an import of a model",
        Kind.IMPORT,
        file="sales/cart.py",
        line=1,
        text="from shop.goods.models import Product\n",
    ),
    sales(
        "an import inside a function, relative",
        Kind.IMPORT,
        file="sales/cart.py",
        line=2,
        text="def price():\n    from ..goods import models\n",
    ),
    sales(
        "a model fetched by its label",
        Kind.IMPORT,
        file="sales/cart.py",
        line=2,
        text='from django.apps import apps\nProduct = apps.get_model("goods", "Product")\n',
    ),
    sales(
        "an import of the door",
        Kind.DOOR,
        file="sales/cart.py",
        line=1,
        text="from shop.goods.seam import GOODS\n",
        project=SHOP | {"shop/goods/seam.py": "GOODS = object()\n"},
    ),
    sales(
        "a command that imports another app's model",
        Kind.COMMAND,
        file="sales/management/commands/tidy.py",
        line=1,
        text="from shop.goods.models import Product\n",
    ),
    sales(
        "a foreign key by label",
        Kind.KEY,
        file="sales/wishes.py",
        line=3,
        text="""
            from django.db import models
            class Wish(models.Model):
                product = models.ForeignKey("goods.Product", on_delete=models.CASCADE)
        """,
    ),
    sales(
        "many to many by class",
        Kind.KEY,
        file="sales/wishes.py",
        line=4,
        text="""
            from django.db import models
            from shop.goods.models import Product
            class Wish(models.Model):
                products = models.ManyToManyField(Product)
        """,
    ),
    sales(
        "one to one",
        Kind.KEY,
        file="sales/wishes.py",
        line=3,
        text="""
            from django.db import models
            class Offer(models.Model):
                product = models.OneToOneField(to="goods.Product", on_delete=models.CASCADE)
        """,
    ),
    sales(
        "the table of a parent",
        Kind.KEY,
        file="sales/bundles.py",
        line=2,
        text="""
            from shop.goods.models import Product
            class Bundle(Product):
                pass
        """,
    ),
    sales(
        "a lookup that joins",
        Kind.JOIN,
        file="sales/reports.py",
        line=3,
        text="""
            from shop.sales.models import Order
            def sold(brand):
                return Order.objects.filter(lines__product__brand=brand)
        """,
        project=KEYED,
    ),
    sales(
        "a lookup backwards",
        Kind.JOIN,
        file="goods/reports.py",
        line=3,
        text="""
            from shop.goods.models import Product
            def unsold():
                return Product.objects.exclude(line__isnull=False)
        """,
        source="goods",
        target="sales",
        project=KEYED,
    ),
    sales(
        "a row that is loaded along",
        Kind.JOIN,
        file="sales/views.py",
        line=4,
        text="""
            from shop.sales.models import Order
            def lines_of(number):
                order = Order.objects.get(number=number)
                return order.lines.select_related("product")
        """,
        project=KEYED,
    ),
    sales(
        "an aggregate over another app's column",
        Kind.JOIN,
        file="sales/reports.py",
        line=4,
        text="""
            from django.db.models import Count, Q
            from shop.sales.models import Line
            def brands():
                return Line.objects.aggregate(n=Count("pk", filter=Q(product__name="x")))
        """,
        project=KEYED,
    ),
    sales(
        "plain SQL",
        Kind.JOIN,
        file="sales/reports.py",
        line=1,
        text='SQL = "SELECT 1 FROM sales_line l JOIN goods_product p ON p.id = l.product_id"\n',
    ),
    sales(
        "the name of a table alone",
        Kind.JOIN,
        file="sales/reports.py",
        line=1,
        text='TABLE = "goods_product"\n',
    ),
    sales(
        "two apps written in a block",
        Kind.TRANSACTION,
        file="sales/placing.py",
        line=5,
        text="""
            from django.db import transaction
            from shop.goods.models import Product
            from shop.sales.models import Order
            def place(product_id):
                with transaction.atomic():
                    Order.objects.create(number="1")
                    Product.objects.filter(pk=product_id).update(name="sold")
        """,
    ),
    sales(
        "a function of the other app that writes",
        Kind.TRANSACTION,
        file="sales/placing.py",
        line=5,
        text="""
            from django.db.transaction import atomic
            from shop.goods import stock
            from shop.sales.models import Order
            @atomic
            def place(product):
                order = Order(number="1")
                order.save()
                stock.take(product)
        """,
        project=SHOP
        | {
            "shop/goods/stock.py": """
                from shop.goods.models import Product
                def take(product):
                    _note(product)
                def _note(product):
                    product.save()
            """
        },
    ),
    sales(
        "every request is one",
        Kind.TRANSACTION,
        file="sales/views.py",
        line=3,
        text="""
            from shop.goods.models import Product
            from shop.sales.models import Order
            def place(request):
                Order.objects.create(number="1")
                Product.objects.all().delete()
        """,
        project=SHOP | {"shop/settings.py": 'DATABASES = {"default": {"ATOMIC_REQUESTS": True}}\n'},
    ),
    sales(
        "a receiver of another app's rows",
        Kind.SIGNAL,
        file="sales/receivers.py",
        line=4,
        text="""
            from django.db.models.signals import post_save
            from django.dispatch import receiver
            from shop.goods.models import Product
            @receiver(post_save, sender=Product)
            def renamed(**kwargs): ...
        """,
    ),
    sales(
        "a receiver by label, connected",
        Kind.SIGNAL,
        file="sales/apps.py",
        line=5,
        text="""
            from django.apps import AppConfig
            from django.db.models.signals import post_delete
            class SalesConfig(AppConfig):
                name = "shop.sales"
                def ready(self): post_delete.connect(print, sender="goods.Product")
        """,
    ),
    sales(
        "a receiver of another app's own signal",
        Kind.SIGNAL,
        file="sales/receivers.py",
        line=3,
        text="""
            from django.dispatch import receiver
            from shop.goods.signals import sold_out
            @receiver(sold_out)
            def stop(**kwargs): ...
        """,
        project=SHOP | {"shop/goods/signals.py": "import x\nsold_out = x.Signal()\n"},
    ),
    sales(
        "a page for another app's rows",
        Kind.ADMIN,
        file="sales/admin.py",
        line=3,
        text="""
            from django.contrib import admin
            from shop.goods.models import Product
            admin.site.register(Product)
        """,
    ),
    sales(
        "a page by decorator",
        Kind.ADMIN,
        file="sales/admin.py",
        line=3,
        text="""
            from django.contrib import admin
            from shop.goods.models import Product
            @admin.register(Product)
            class ProductAdmin(admin.ModelAdmin): ...
        """,
    ),
    sales(
        "an inline",
        Kind.ADMIN,
        file="sales/admin.py",
        line=3,
        text="""
            from django.contrib import admin
            from shop.goods.models import Product
            class ProductInline(admin.TabularInline):
                model = Product
        """,
    ),
    sales(
        "a list that looks into another table",
        Kind.ADMIN,
        file="sales/admin.py",
        line=5,
        text="""
            from django.contrib import admin
            from shop.sales.models import Line
            @admin.register(Line)
            class LineAdmin(admin.ModelAdmin):
                search_fields = ("product__name",)
        """,
        project=KEYED,
    ),
]
