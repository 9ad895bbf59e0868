"""Count comparisons of answers in finer words, and keep what a difference was excused by."""

from django.db import migrations

from handover import compared_sql, uncompared_sql
from monolith.outbox.roles import ROLES


class Migration(migrations.Migration):
    """Run the SQL of what both sides share; a database that was installed by this version has it."""

    dependencies = [("outbox", "0007_way")]
    operations = [migrations.RunSQL(sql=compared_sql(roles=ROLES), reverse_sql=uncompared_sql())]
