"""The planner's figures of a table, taken anew by the application after it wrote many rows at once.

While PostgreSQL believes a table to be empty, its checks of (company_id, customer_id) may take any index that begins
with the company and read all of it: an import would slow down with every row. Only an owner may ANALYZE.
"""

from django.db import migrations

FUNCTION = """
create function alarmdesk_analyze(tables text[]) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    named text;
begin
    foreach named in array tables loop
        execute format('analyze %I', named);
    end loop;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_authors_and_indexes")]

    operations = [migrations.RunSQL(FUNCTION, "drop function alarmdesk_analyze(text[])")]
