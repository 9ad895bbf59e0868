"""Checkouts: a purchase on its way, which whoever finds it finishes."""

from django.db import migrations, models

import monolith.outbox.clock
from monolith.outbox.roles import grants_sql

TABLES = ["public.orders_checkout"]


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_cart")]

    operations = [
        migrations.CreateModel(
            name="Checkout",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("key", models.UUIDField(unique=True)),
                ("request_hash", models.TextField()),
                ("customer_id", models.UUIDField()),
                ("client_reference", models.CharField(max_length=64, null=True)),
                ("card_token", models.CharField(blank=True, max_length=100)),
                ("lines", models.JSONField()),
                ("total_amount", models.BigIntegerField()),
                ("total_currency", models.CharField(max_length=3)),
                ("order_id", models.UUIDField(unique=True)),
                ("payment_id", models.UUIDField()),
                ("reservation_id", models.UUIDField()),
                ("step", models.CharField(max_length=20)),
                ("problem_kind", models.CharField(blank=True, max_length=60)),
                ("problem_detail", models.TextField(blank=True)),
                ("leased_until", models.DateTimeField()),
                ("version", models.BigIntegerField(default=1)),
                (
                    "created_at",
                    models.DateTimeField(db_default=monolith.outbox.clock.ClockTimestamp()),
                ),
                (
                    "updated_at",
                    models.DateTimeField(db_default=monolith.outbox.clock.ClockTimestamp()),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("step__in", ["done", "failed"]), _negated=True),
                        fields=["leased_until"],
                        name="orders_checkout_open",
                    )
                ],
            },
        ),
        migrations.RunSQL(sql=grants_sql(TABLES), reverse_sql=migrations.RunSQL.noop),
    ]
