"""Let the application use Django's own tables; nobody else reads who may sign in."""

from django.db import migrations

from monolith.outbox.roles import ROLES

TABLES = """
    auth_group, auth_group_permissions, auth_permission, auth_user, auth_user_groups,
    auth_user_user_permissions, django_admin_log, django_content_type, django_session
"""


class Migration(migrations.Migration):
    """Grants only."""

    initial = True
    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("sessions", "0001_initial"),
    ]
    operations = [
        migrations.RunSQL(
            sql=f"GRANT SELECT, INSERT, UPDATE, DELETE ON {TABLES} TO {ROLES.app};",
            reverse_sql=f"REVOKE ALL ON {TABLES} FROM {ROLES.app};",
        )
    ]
