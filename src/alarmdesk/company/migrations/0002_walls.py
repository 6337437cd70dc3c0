"""Walls around the ground floor's tables, the trail's trigger, and the two questions asked before entering."""

from django.db import migrations

from alarmdesk.company.walls import PartitionByYear, Trail, Wall

TRAIL = """
create function alarmdesk_trail() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    before jsonb := '{}';
    after jsonb := '{}';
    whole jsonb;
    customer bigint;
begin
    if tg_op <> 'INSERT' then before := to_jsonb(old); end if;
    if tg_op <> 'DELETE' then after := to_jsonb(new); end if;
    whole := case when tg_op = 'DELETE' then before else after end;
    if tg_argv[0] like '%.%' then  -- the customer of the row that it belongs to: table.column
        execute format('select customer_id from %I where company_id = $1 and id = $2', split_part(tg_argv[0], '.', 1))
        into customer
        using (whole ->> 'company_id')::bigint, (whole ->> split_part(tg_argv[0], '.', 2))::bigint;
    elsif tg_argv[0] <> '' then
        customer := (whole ->> tg_argv[0])::bigint;
    end if;
    before := before - string_to_array(tg_argv[1], ',');
    after := after - string_to_array(tg_argv[1], ',');
    if tg_op = 'UPDATE' then
        select coalesce(jsonb_object_agg(b.key, b.value), '{}'), coalesce(jsonb_object_agg(b.key, a.value), '{}')
        into before, after
        from jsonb_each(before) b join jsonb_each(after) a using (key)
        where a.value is distinct from b.value;
        if before = '{}' then return null; end if;
    end if;
    insert into company_trailentry (company_id, at, actor, "table", row_id, customer_id, verb, old, new)
    values (
        coalesce(whole ->> 'company_id', whole ->> 'id')::bigint,  -- a company's own row belongs to itself
        coalesce(nullif(current_setting('alarmdesk.now', true), '')::timestamptz, clock_timestamp()),
        nullif(current_setting('alarmdesk.actor', true), '')::jsonb,
        tg_table_name, (whole ->> 'id')::bigint, customer, lower(tg_op),
        nullif(before, '{}'), nullif(after, '{}')
    );
    return null;
end $$;
"""

REFUSE = """
create function alarmdesk_refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is insert-only: its rows are never changed or removed', tg_table_name
        using errcode = 'restrict_violation';
end $$;
create function alarmdesk_refuse() returns trigger language plpgsql as $$
begin
    raise exception '%', tg_argv[0] using errcode = 'restrict_violation';
end $$;
"""

# asked before anybody has entered: in which companies has this user a place?
PLACES = """
create function alarmdesk_places(of_user bigint) returns setof bigint
language sql stable security definer set search_path = public, pg_temp as $$
    select company_id from company_staff where user_id = of_user and left_at is null
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("company", "0001_initial")]

    operations = [
        migrations.RunSQL(TRAIL),
        migrations.RunSQL(REFUSE),
        migrations.RunSQL(PLACES),
        Trail("Company", untracked=("logo",)),
        Wall("Group", trail=""),
        Wall("GroupGrant", trail=""),
        Wall("Staff", trail=""),
        Wall("Series"),
        Wall("Run"),
        Wall("TrailEntry"),
        PartitionByYear("TrailEntry", 2026, 2031),
        migrations.RunSQL(
            "create index company_trail_of_customer on company_trailentry (company_id, customer_id, id desc)"
        ),
        migrations.RunSQL('create index company_trail_of_row on company_trailentry (company_id, "table", row_id)'),
        migrations.RunSQL(
            "create unlogged table cache (cache_key varchar(255) primary key, value text not null, "
            "expires timestamptz not null)"
        ),
        migrations.RunSQL("create index cache_expires on cache (expires)"),
    ]
