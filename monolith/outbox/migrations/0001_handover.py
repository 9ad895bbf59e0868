"""Install the ownership protocol: schema `handover`."""

from django.db import migrations

from handover import installation_sql
from monolith.outbox.roles import ROLES


class Migration(migrations.Migration):
    """Run the SQL both sides share, with the monolith's roles."""

    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(
            sql=installation_sql(side="monolith", roles=ROLES),
            reverse_sql="DROP SCHEMA handover CASCADE",
        )
    ]
