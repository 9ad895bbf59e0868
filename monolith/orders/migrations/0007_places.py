"""Give the lines of a cart their places: ids, by which they were sorted, differ from side to side."""

from django.db import migrations, models

# The old ones keep their order; a new one comes after them.
UP = """
SELECT set_config('search_path', 'public', true);
UPDATE orders_cartline AS line SET position = placed.position
  FROM (SELECT id, row_number() OVER (PARTITION BY cart_id ORDER BY id) AS position
          FROM orders_cartline) AS placed
 WHERE placed.id = line.id AND line.position = 0;
"""


class Migration(migrations.Migration):
    """A process that still runs the version before writes 0, and what it wrote is sorted by id."""

    dependencies = [("orders", "0006_ownership")]
    operations = [
        migrations.AddField("cartline", "position", models.BigIntegerField(db_default=0)),
        migrations.RunSQL(sql=UP, reverse_sql=migrations.RunSQL.noop),
    ]
