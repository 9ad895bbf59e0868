"""Name customers by id only: a key into another domain's table cannot outlive its move."""

from django.db import migrations


class Migration(migrations.Migration):
    """Whether a customer exists is asked at the seam, before an order is placed."""

    dependencies = [("orders", "0006_customer_key")]
    operations = [
        migrations.RunSQL(
            sql="ALTER TABLE orders_order DROP CONSTRAINT orders_order_customer_known;",
            reverse_sql="ALTER TABLE orders_order ADD CONSTRAINT orders_order_customer_known "
            "FOREIGN KEY (customer_id) REFERENCES customers_customer (id) NOT VALID;",
        )
    ]
