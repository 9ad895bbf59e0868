"""Facts with the rows that are now true: one function more of the ownership protocol."""

from django.db import migrations

from handover import part_sql
from monolith.outbox.roles import ROLES


class Migration(migrations.Migration):
    """For databases that were made before it belonged to the installation; elsewhere it is there."""

    dependencies = [("outbox", "0001_handover")]
    operations = [
        migrations.RunSQL(sql=part_sql("0006_rows.sql", roles=ROLES), reverse_sql="SELECT 1")
    ]
