"""An address for the webhooks of gateways from before."""

from django.db import migrations

CODES = """
update payments_gateway set webhook_code = replace(gen_random_uuid()::text, '-', '') where webhook_code = ''
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0033_webhook_addresses")]

    operations = [migrations.RunSQL(CODES, migrations.RunSQL.noop)]
