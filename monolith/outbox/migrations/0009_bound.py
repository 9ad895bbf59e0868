"""End a copy of history at what was there when it began, however much is new meanwhile."""

from django.db import migrations

from handover import bound_sql, unbound_sql
from monolith.outbox.roles import ROLES


class Migration(migrations.Migration):
    """Run the SQL both sides share; a database that was installed by this version has it."""

    dependencies = [("outbox", "0008_compared")]
    operations = [
        migrations.RunSQL(sql=bound_sql(roles=ROLES), reverse_sql=unbound_sql(roles=ROLES))
    ]
