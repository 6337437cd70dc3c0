"""Walls around leads and customers, and the one function that searches them.

Operators that are not leakproof (LIKE among them) cannot use an index above a policy, so the search is a function of
the owner that pins the entered company itself, on one composite trigram index (performance.md: ten times faster).
"""

from django.db import migrations

from alarmdesk.company.walls import Wall

# a search text is " words of the name | words of all else": who is found by name stands before the rest
SEARCH = """
create function alarmdesk_search(patterns text[], of_stage text, at_most int) returns setof bigint
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
    here bigint := current_setting('alarmdesk.company')::bigint;
    by_name bigint[];
begin
    by_name := array(
        select s.customer_id
        from customers_searchentry s
        join customers_customer c on c.company_id = here and c.id = s.customer_id
        where s.company_id = here
          and s.q like coalesce(patterns[1], '%') || '|%' and s.q like coalesce(patterns[2], '%')
          and s.q like coalesce(patterns[3], '%') and s.q like coalesce(patterns[4], '%')
          and (of_stage is null or c.stage = of_stage)
        limit at_most
    );
    return query select unnest(by_name);
    if cardinality(by_name) >= at_most then return; end if;
    return query
    select s.customer_id
    from customers_searchentry s
    join customers_customer c on c.company_id = here and c.id = s.customer_id
    where s.company_id = here
      and s.q like coalesce(patterns[1], '%') and s.q like coalesce(patterns[2], '%')
      and s.q like coalesce(patterns[3], '%') and s.q like coalesce(patterns[4], '%')
      and (of_stage is null or c.stage = of_stage)
      and s.customer_id <> all (by_name)
    limit at_most - cardinality(by_name);
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial"), ("company", "0002_walls")]

    operations = [
        Wall("Import", trail=""),
        Wall("Customer", trail="id"),
        Wall("Address", trail="customer_id"),
        Wall("Phone", trail="customer_id"),
        Wall("SearchEntry"),
        Wall("Mapping", trail=""),
        Wall("ImportChunk"),
        Wall("ImportProblem"),
        migrations.RunSQL(
            "create index customers_search on customers_searchentry using gin (company_id, q gin_trgm_ops)"
        ),
        migrations.RunSQL(SEARCH),
    ]
