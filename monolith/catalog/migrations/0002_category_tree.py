"""Categories form a tree: a nullable column, which rewrites nothing."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Older code goes on beside it: it never names the column."""

    dependencies = [("catalog", "0001_initial")]
    operations = [
        # Behind a long transaction we would wait, and every reader behind us: rather try again.
        migrations.RunSQL("SET LOCAL lock_timeout = '2s'", migrations.RunSQL.noop),
        migrations.AddField(
            model_name="category",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalog.category",
            ),
        ),
    ]
