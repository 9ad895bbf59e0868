"""Carts: what customers want, before they buy it."""

import django.db.models.deletion
from django.db import migrations, models

import monolith.outbox.clock
from monolith.outbox.roles import grants_sql

TABLES = ["public.orders_cart", "public.orders_cartline"]


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Cart",
            fields=[
                ("customer_id", models.UUIDField(primary_key=True, serialize=False)),
                ("version", models.BigIntegerField(default=0)),
                (
                    "updated_at",
                    models.DateTimeField(db_default=monolith.outbox.clock.ClockTimestamp()),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CartLine",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("product_id", models.UUIDField()),
                ("quantity", models.IntegerField()),
                (
                    "cart",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="orders.cart",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("cart", "product_id"), name="orders_cartline_product_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)),
                        name="orders_cartline_quantity_positive",
                    ),
                ],
            },
        ),
        migrations.RunSQL(sql=grants_sql(TABLES), reverse_sql=migrations.RunSQL.noop),
    ]
