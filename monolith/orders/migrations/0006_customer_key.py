"""Let the database hold every order to a customer that exists."""

from django.db import migrations


class Migration(migrations.Migration):
    """NOT VALID: the history is not read under the lock."""

    dependencies = [("orders", "0005_refund"), ("customers", "0001_initial")]
    operations = [
        migrations.RunSQL(
            sql="ALTER TABLE orders_order ADD CONSTRAINT orders_order_customer_known "
            "FOREIGN KEY (customer_id) REFERENCES customers_customer (id) NOT VALID;",
            reverse_sql="ALTER TABLE orders_order DROP CONSTRAINT orders_order_customer_known;",
        )
    ]
