"""Domains whose facts are always recorded, because others listen to them."""

from django.db import migrations

from handover import part_sql
from monolith.outbox.roles import ROLES


class Migration(migrations.Migration):
    """For databases that were made before it belonged to the installation; elsewhere it is there."""

    dependencies = [("outbox", "0002_rows")]
    operations = [
        migrations.RunSQL(sql=part_sql("0007_capture.sql", roles=ROLES), reverse_sql="SELECT 1")
    ]
