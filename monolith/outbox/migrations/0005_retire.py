"""Count refused writes, and let a domain retire: handover.retirement."""

from django.db import migrations

from handover import retirement_sql
from monolith.outbox.roles import ROLES


class Migration(migrations.Migration):
    """Run the SQL both sides share, with the monolith's roles; it may be run again."""

    dependencies = [("outbox", "0004_export")]
    operations = [migrations.RunSQL(sql=retirement_sql(roles=ROLES), reverse_sql="SELECT 1")]
