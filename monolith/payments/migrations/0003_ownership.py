"""Register payments with the ownership protocol: they do not move yet."""

from django.db import migrations, models

from handover import Domain, registration_sql, unregistration_sql
from monolith.outbox.roles import ROLES

TABLES = ["public.payments_payment", "public.payments_operation", "public.payments_entry"]
PAYMENTS = Domain(name="payments", mode="OWNER", epoch=1, capture=True, fenced_tables=TABLES)


class Migration(migrations.Migration):
    """Record facts from the first payment on. The far side of the sandbox is no domain's."""

    dependencies = [("payments", "0002_books"), ("outbox", "0001_handover")]
    operations = [
        migrations.AddField("operation", "epoch", models.BigIntegerField(db_default=1)),
        migrations.RunSQL(
            sql=registration_sql(PAYMENTS, roles=ROLES),
            reverse_sql=unregistration_sql(PAYMENTS),
        ),
    ]
