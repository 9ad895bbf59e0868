"""Find what is over without reading what is not."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """CONCURRENTLY cannot run inside a transaction; if it fails: drop the invalid index, then again."""

    atomic = False
    dependencies = [("customers", "0003_identity")]
    operations = [
        AddIndexConcurrently(
            "session", models.Index(fields=["expires_at"], name="customers_session_expires")
        ),
        AddIndexConcurrently(
            "signincount", models.Index(fields=["since"], name="customers_signincount_since")
        ),
    ]
