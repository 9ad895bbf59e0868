"""Refunds: money on its way back."""

from django.db import migrations, models

import monolith.outbox.clock
from monolith.outbox.roles import grants_sql

TABLES = ["public.orders_refund"]


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_checkout")]

    operations = [
        migrations.CreateModel(
            name="Refund",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("key", models.UUIDField(unique=True)),
                ("request_hash", models.TextField()),
                ("order_id", models.UUIDField()),
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
                ("amount", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("restocks", models.BooleanField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("step", "failed"), _negated=True),
                        fields=("order_id",),
                        name="orders_refund_order_unique",
                    )
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("step__in", ["done", "failed"]), _negated=True),
                        fields=["leased_until"],
                        name="orders_refund_open",
                    )
                ],
            },
        ),
        migrations.RunSQL(sql=grants_sql(TABLES), reverse_sql=migrations.RunSQL.noop),
    ]
