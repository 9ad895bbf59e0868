"""Categories form a tree: a nullable column, which rewrites nothing, and it travels in the image."""

import django.db.models.deletion
from django.db import migrations, models

# Both as they are from here on, frozen: the other side's images must be the same text.
_SHOW = """
CREATE OR REPLACE VIEW handover.image_catalog_category AS
SELECT id AS key, version, updated_at AS changed_at,
       jsonb_build_object('id', id, 'slug', slug, 'name', name,{parent} 'version', version,
           'updated_at', to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
       AS image
  FROM public.catalog_category;
"""


class Migration(migrations.Migration):
    """Older code goes on beside it: it never names the column."""

    dependencies = [("catalog", "0002_ownership")]
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
        migrations.RunSQL(_SHOW.format(parent=" 'parent_id', parent_id,"), _SHOW.format(parent="")),
    ]
