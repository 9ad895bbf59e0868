"""Let facts wait for a further sink: handover.export."""

from django.db import migrations

from handover import export_sql, unexport_sql
from monolith.outbox.roles import ROLES


class Migration(migrations.Migration):
    """Run the SQL both sides share, with the monolith's roles; a new database has it already."""

    dependencies = [("outbox", "0003_heard")]
    operations = [migrations.RunSQL(sql=export_sql(roles=ROLES), reverse_sql=unexport_sql())]
