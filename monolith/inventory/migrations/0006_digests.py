"""Let the other side compare its rows with these by their hashes."""

from django.db import migrations

from handover import digest_views_sql, drop_digest_views_sql
from monolith.inventory.entities import INVENTORY
from monolith.outbox.roles import ROLES


class Migration(migrations.Migration):
    """A database that was registered by this version has the views; they are replaced."""

    dependencies = [("inventory", "0005_moves"), ("outbox", "0005_retire")]
    # Not before: what asks these views must find them, on the way back too.
    run_before = [("outbox", "0006_digests")]
    operations = [
        migrations.RunSQL(
            sql=digest_views_sql(INVENTORY, roles=ROLES),
            reverse_sql=drop_digest_views_sql(INVENTORY),
        )
    ]
