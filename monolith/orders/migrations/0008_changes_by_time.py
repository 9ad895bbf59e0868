"""Find what changed last: the digest of a handover asks for nothing else."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """CONCURRENTLY cannot run inside a transaction; if it fails: drop the invalid index, then again."""

    atomic = False
    dependencies = [("orders", "0007_places")]
    operations = [
        AddIndexConcurrently(
            "cart", models.Index(fields=["updated_at"], name="orders_cart_updated")
        ),
        AddIndexConcurrently(
            "checkout", models.Index(fields=["updated_at"], name="orders_checkout_updated")
        ),
        AddIndexConcurrently(
            "refund", models.Index(fields=["updated_at"], name="orders_refund_updated")
        ),
    ]
