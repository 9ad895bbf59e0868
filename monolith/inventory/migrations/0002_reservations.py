"""Keep goods for somebody."""

import django.db.models.deletion
from django.db import migrations, models

import monolith.outbox.clock
from monolith.outbox.roles import grants_sql

TABLES = [
    "public.inventory_reservation",
    "public.inventory_reservationline",
]


class Migration(migrations.Migration):
    """A reservation, and where its goods come from."""

    dependencies = [("inventory", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Reservation",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("status", models.CharField(max_length=20)),
                ("expires_at", models.DateTimeField()),
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
                        condition=models.Q(("status", "held")),
                        fields=["expires_at"],
                        name="inventory_reservation_held",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["held", "confirmed", "released", "expired"])
                        ),
                        name="inventory_reservation_status_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReservationLine",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("position", models.SmallIntegerField()),
                ("quantity", models.BigIntegerField()),
                (
                    "reservation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="inventory.reservation",
                    ),
                ),
                (
                    "stock",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="inventory.stock",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("reservation", "position"),
                        name="inventory_reservationline_position_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)),
                        name="inventory_reservationline_quantity_positive",
                    ),
                ],
            },
        ),
        migrations.RunSQL(sql=grants_sql(TABLES), reverse_sql=migrations.RunSQL.noop),
    ]
