"""A wall around account holders, and the question asked before entering: where does this user hold an account?"""

from django.db import migrations

from alarmdesk.company.walls import Wall

HOLDINGS = """
create function alarmdesk_holdings(of_user bigint) returns setof bigint
language sql stable security definer set search_path = public, pg_temp as $$
    select distinct company_id from portal_accountholder where user_id = of_user and ended_at is null
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("portal", "0001_initial"), ("customers", "0002_walls")]

    operations = [Wall("AccountHolder", trail="customer_id"), migrations.RunSQL(HOLDINGS)]
