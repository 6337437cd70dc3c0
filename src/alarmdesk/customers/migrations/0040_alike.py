"""What do two records of one customer have in common? The e-mail in lower case, the place, the number of a telephone.

PostgreSQL derives them into columns that a plain `=` compares: only such an operator may use an index above a policy
(lower() and our own functions are not leakproof). A place is the street without case, punctuation and the many ways to
write Street or East, and the ZIP code, or the town where there is none.
"""

import django.db.models.functions
from django.db import migrations, models
from django.db.models import F, Func, Q, Value

from alarmdesk.company.walls import RenewTrail

PLACE = """
create function alarmdesk_place(street text, street_2 text, city text, zip_code text) returns text
language sql immutable parallel safe as $$
    select case when btrim(street) = '' or (btrim(zip_code) = '' and btrim(city) = '') then null else (
        select string_agg(coalesce('{
            "street": "st", "str": "st", "avenue": "ave", "av": "ave", "boulevard": "blvd", "drive": "dr",
            "road": "rd", "lane": "ln", "court": "ct", "place": "pl", "square": "sq", "highway": "hwy",
            "parkway": "pkwy", "circle": "cir", "terrace": "ter", "trail": "trl", "expressway": "expy",
            "north": "n", "south": "s", "east": "e", "west": "w", "northeast": "ne", "northwest": "nw",
            "southeast": "se", "southwest": "sw"
        }'::jsonb ->> word, word), ' ' order by nth)
        from unnest(regexp_split_to_array(lower(street || ' ' || street_2), '[^[:alnum:]]+'))
            with ordinality as written (word, nth)
        where word <> all ('{"", apartment, apt, suite, ste, unit, no, number}'::text[])
    ) || ' | ' || coalesce(nullif(left(btrim(zip_code), 5), ''), lower(btrim(city))) end
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0037_walls_of_files")]

    operations = [
        migrations.RunSQL(PLACE, "drop function alarmdesk_place(text, text, text, text)"),
        migrations.AddField(
            model_name="address",
            name="place",
            field=models.GeneratedField(
                db_persist=True,
                expression=Func(F("street"), F("street_2"), F("city"), F("zip_code"), function="alarmdesk_place"),
                output_field=models.TextField(null=True),
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="email_key",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.NullIf(django.db.models.functions.Lower("email"), Value("")),
                output_field=models.CharField(max_length=254, null=True),
            ),
        ),
        migrations.AddIndex(
            model_name="address",
            index=models.Index(
                condition=Q(("place__isnull", False)),
                fields=["company", "place", "customer"],
                name="customers_by_place",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=Q(("email_key__isnull", False)),
                fields=["company", "email_key", "id"],
                name="customers_by_email",
            ),
        ),
        migrations.AddIndex(
            model_name="phone",
            index=models.Index(fields=["company", "number", "customer"], name="customers_by_phone"),
        ),
        RenewTrail("Customer", trail="id", untracked=("email_key",)),
        RenewTrail("Address", trail="customer_id", untracked=("place",)),
    ]
