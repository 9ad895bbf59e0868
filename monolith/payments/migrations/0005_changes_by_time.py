"""Find what changed last, and a line of the books by its account: the handover asks for both."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

ONE_PER_ACCOUNT = models.UniqueConstraint(
    "operation", "account", name="payments_entry_one_per_account"
)


class Migration(migrations.Migration):
    """CONCURRENTLY cannot run inside a transaction; if it fails: drop the invalid index, then again."""

    atomic = False
    dependencies = [("payments", "0004_versions")]
    operations = [
        AddIndexConcurrently(
            "operation", models.Index(fields=["updated_at"], name="payments_operation_updated")
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    sql="CREATE UNIQUE INDEX CONCURRENTLY payments_entry_one_per_account "
                    "ON payments_entry (operation_id, account)",
                    reverse_sql="DROP INDEX CONCURRENTLY IF EXISTS payments_entry_one_per_account",
                ),
            ],
            state_operations=[migrations.AddConstraint("entry", ONE_PER_ACCOUNT)],
        ),
    ]
