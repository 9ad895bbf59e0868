"""Compare both sides by hashes of the rows' values, and not of their images."""

from django.db import migrations

from handover import digest_sql, undigest_sql
from monolith.outbox.roles import ROLES


class Migration(migrations.Migration):
    """Run the SQL both sides share, when each domain's own migration has made the views it asks."""

    dependencies = [("outbox", "0005_retire")]
    operations = [
        migrations.RunSQL(sql=digest_sql(roles=ROLES), reverse_sql=undigest_sql(roles=ROLES))
    ]
