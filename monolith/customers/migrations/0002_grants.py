"""Let the application at the tables of customers."""

from django.db import migrations

from monolith.customers.roles import grants_sql, revokes_sql

TABLES = ["public.customers_customer", "public.customers_command"]


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]
    operations = [migrations.RunSQL(sql=grants_sql(TABLES), reverse_sql=revokes_sql(TABLES))]
