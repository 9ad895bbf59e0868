"""Let the way to the other side be tried by whoever does not own the writes."""

from django.db import migrations

from handover import unway_sql, way_sql
from monolith.outbox.roles import ROLES


class Migration(migrations.Migration):
    """Run the SQL both sides share; a database that was installed by this version has it."""

    dependencies = [("outbox", "0006_digests")]
    operations = [migrations.RunSQL(sql=way_sql(roles=ROLES), reverse_sql=unway_sql())]
