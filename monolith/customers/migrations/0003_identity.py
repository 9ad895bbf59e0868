"""Customers sign in: passwords, roles, sessions, signing keys; and addresses."""

from typing import Any

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import monolith.customers.clock
from monolith.customers.roles import APP, AUDITOR, grants_sql, revokes_sql

AUDITED = ["public.customers_address"]
# Nobody but the application reads what lets somebody in.
SECRET = [
    "public.customers_session",
    "public.customers_signingkey",
    "public.customers_signincount",
]
SHOWN = "id, email, name, roles, created_at"
GRANTS = f"""
{grants_sql(AUDITED)}
GRANT SELECT, INSERT, UPDATE, DELETE ON {", ".join(SECRET)} TO {APP};
REVOKE SELECT ON public.customers_customer FROM {AUDITOR};
GRANT SELECT ({SHOWN}) ON public.customers_customer TO {AUDITOR};
"""  # noqa: S608 - names of our own
REVOKES = f"""
REVOKE SELECT ({SHOWN}) ON public.customers_customer FROM {AUDITOR};
GRANT SELECT ON public.customers_customer TO {AUDITOR};
{revokes_sql([*AUDITED, *SECRET])}
"""  # noqa: S608 - names of our own


def created_at() -> "models.DateTimeField[Any, Any]":
    return models.DateTimeField(db_default=monolith.customers.clock.ClockTimestamp())


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_grants")]

    operations = [
        migrations.AddField(
            model_name="customer", name="password", field=models.TextField(null=True)
        ),
        migrations.AddField(
            model_name="customer",
            name="roles",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20),
                db_default=[],
                default=list,
                size=None,
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(("roles__contained_by", ["merchant", "staff"])),
                name="customers_customer_roles_known",
            ),
        ),
        migrations.CreateModel(
            name="Address",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="customers.customer",
                    ),
                ),
                ("recipient", models.CharField(max_length=200)),
                ("street", models.CharField(max_length=200)),
                ("postal_code", models.CharField(max_length=20)),
                ("city", models.CharField(max_length=200)),
                ("country", models.CharField(max_length=2)),
                ("created_at", created_at()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["customer", "id"], name="customers_address_by_customer")
                ]
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="customers.customer"
                    ),
                ),
                ("generation", models.IntegerField(default=1)),
                ("made_by", models.UUIDField(unique=True)),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("created_at", created_at()),
            ],
        ),
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                ("kid", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("public_jwk", models.JSONField()),
                ("private_key", models.BinaryField()),
                ("signs_from", models.DateTimeField()),
                ("verifies_until", models.DateTimeField(null=True)),
                ("created_at", created_at()),
            ],
        ),
        migrations.CreateModel(
            name="SignInCount",
            fields=[
                ("subject", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("tries", models.IntegerField()),
                ("since", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(sql=GRANTS, reverse_sql=REVOKES),
    ]
