"""Find what changed last: the digest of a handover asks for nothing else."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """CONCURRENTLY cannot run inside a transaction; if it fails: drop the invalid index, then again."""

    atomic = False
    dependencies = [("inventory", "0003_ownership")]
    operations = [
        AddIndexConcurrently(
            "warehouse",
            models.Index(fields=["updated_at"], name="inventory_warehouse_updated"),
        ),
        AddIndexConcurrently(
            "stock", models.Index(fields=["updated_at"], name="inventory_stock_updated")
        ),
        AddIndexConcurrently(
            "reservation",
            models.Index(fields=["updated_at"], name="inventory_reservation_updated"),
        ),
        AddIndexConcurrently(
            "adjustment",
            models.Index(fields=["adjusted_at"], name="inventory_adjustment_at"),
        ),
    ]
