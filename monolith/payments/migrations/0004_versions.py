"""Let an operation say which of two copies is the newer one."""

from django.db import migrations, models
from django.db.models.functions import Now

import monolith.outbox.clock


class Migration(migrations.Migration):
    """Old rows get a stable default, which rewrites no table; new ones the clock's."""

    dependencies = [("payments", "0003_ownership")]
    operations = [
        migrations.AddField(
            "operation", "version", models.BigIntegerField(default=1, db_default=1)
        ),
        migrations.AddField("operation", "updated_at", models.DateTimeField(db_default=Now())),
        migrations.AlterField(
            "operation",
            "updated_at",
            models.DateTimeField(db_default=monolith.outbox.clock.ClockTimestamp()),
        ),
    ]
