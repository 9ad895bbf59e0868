"""Register notifications with the ownership protocol: they do not move yet."""

from django.db import migrations

from handover import Domain, registration_sql, unregistration_sql
from monolith.outbox.roles import ROLES

TABLES = ["public.notifications_mail"]
NOTIFICATIONS = Domain(
    name="notifications", mode="OWNER", epoch=1, capture=True, fenced_tables=TABLES
)


class Migration(migrations.Migration):
    """Record facts from the first mail on."""

    dependencies = [("notifications", "0001_initial"), ("outbox", "0001_handover")]
    operations = [
        migrations.RunSQL(
            sql=registration_sql(NOTIFICATIONS, roles=ROLES),
            reverse_sql=unregistration_sql(NOTIFICATIONS),
        )
    ]
