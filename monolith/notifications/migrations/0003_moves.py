"""Let notifications move: an image of each mail, and what is heard while another side owns them."""

from django.db import migrations, models

import monolith.outbox.clock
from handover import drop_digest_views_sql, entities_sql
from monolith.notifications.entities import NOTIFICATIONS
from monolith.outbox.roles import ROLES, grants_sql, revokes_sql

TABLES = [entity.table for entity in NOTIFICATIONS.entities]
NOTICES = ["public.notifications_notice"]
VIEW = "handover.image_notifications_mail"
# Facts were recorded and published before; nobody listened. The stream to the service begins at its
# first message, and not before the first step.
UP = f"""
DELETE FROM handover.outbox WHERE domain = 'notifications';
UPDATE handover.stream SET receiver = 'service', last_sequence = 0 WHERE domain = 'notifications';
UPDATE handover.ownership SET capture = false WHERE domain = 'notifications';
SELECT handover.place_seam('notifications', 'monolith', 0);
GRANT SELECT ON {VIEW} TO {ROLES.app};
"""  # noqa: S608 - names of our own
DOWN = f"""
{drop_digest_views_sql(NOTIFICATIONS)}DROP VIEW {VIEW};
DELETE FROM handover.entity WHERE domain = 'notifications';
DELETE FROM handover.seam WHERE domain = 'notifications';
UPDATE handover.stream SET receiver = NULL WHERE domain = 'notifications';
UPDATE handover.ownership SET capture = true WHERE domain = 'notifications';
REVOKE ALL ON {TABLES[0]} FROM {ROLES.applier};
"""  # noqa: S608 - likewise


class Migration(migrations.Migration):
    """The fence is there already."""

    dependencies = [("notifications", "0002_ownership")]

    operations = [
        migrations.AddField("mail", "contact", models.JSONField(null=True)),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("order_id", models.UUIDField()),
                ("status", models.CharField(max_length=20)),
                ("order", models.JSONField()),
                ("contact", models.JSONField(null=True)),
                (
                    "noted_at",
                    models.DateTimeField(db_default=monolith.outbox.clock.ClockTimestamp()),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["noted_at"], name="notifications_notice_noted")],
            },
        ),
        migrations.RunSQL(
            sql=grants_sql(TABLES, moves=True) + grants_sql(NOTICES),
            reverse_sql=revokes_sql(NOTICES),
        ),
        migrations.RunSQL(sql=entities_sql(NOTIFICATIONS, roles=ROLES) + UP, reverse_sql=DOWN),
    ]
