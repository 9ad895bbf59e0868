"""Find misspelt words: trigrams of the names, indexed while everybody goes on writing."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently, TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    """The extension is trusted: whoever owns the database may create it."""

    # CONCURRENTLY cannot run inside a transaction. If it fails it leaves an invalid index behind:
    # DROP INDEX CONCURRENTLY catalog_product_by_trigram, then again.
    atomic = False
    dependencies = [("catalog", "0002_category_tree")]
    operations = [
        TrigramExtension(),
        AddIndexConcurrently(
            model_name="product",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["name"], name="catalog_product_by_trigram", opclasses=["gin_trgm_ops"]
            ),
        ),
    ]
