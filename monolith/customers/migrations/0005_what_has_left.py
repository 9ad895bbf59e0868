"""Take away what five domains have left in the monolith's database, once all of them are retired."""

from django.db import migrations

# A database that begins here has nothing of this. In one of the stage before stand a view for each
# retired table, the protocol, and tables that moved nowhere: of the payment provider's sandbox, of
# what was heard of orders, and of Django's admin.
UP = """
DO $$
DECLARE
    kept text;
    stayed regclass;
BEGIN
    IF to_regclass('handover.retirement') IS NOT NULL THEN
        SELECT string_agg(format('`strangler retire %s`', o.domain), ', ' ORDER BY o.domain)
          INTO kept FROM handover.ownership o LEFT JOIN handover.retirement r USING (domain)
         WHERE r.dropped_at IS NULL;
    ELSIF to_regclass('handover.ownership') IS NOT NULL THEN
        kept := 'its migrations, then `strangler retire` for each seam';
    END IF;
    IF kept IS NOT NULL THEN
        RAISE EXCEPTION 'not all has left this database: go back to the stage 06-orders, run %', kept;
    END IF;
    -- The views of the retired tables stand on a function of it.
    DROP SCHEMA IF EXISTS handover CASCADE;
    FOR stayed IN
        SELECT c.oid FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND (
               c.relname IN ('sandbox_operation', 'notifications_notice', 'django_admin_log',
                             'django_content_type', 'django_session')
               OR c.relname LIKE 'auth\\_%')
    LOOP
        EXECUTE format('DROP TABLE IF EXISTS %s CASCADE', stayed);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    """There is no way back from here, as there was none from `strangler retire`."""

    dependencies = [("customers", "0004_ends")]
    operations = [migrations.RunSQL(sql=UP)]
