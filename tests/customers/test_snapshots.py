"""What a document keeps of its customer, told twice: by Python and by PostgreSQL."""

import json

from django.db import connection

from alarmdesk.company.entering import inside
from alarmdesk.company.testing import make_bare_company
from alarmdesk.customers.actions import AddressData
from alarmdesk.customers.models import Address, Customer
from alarmdesk.customers.snapshots import SNAPSHOT_SQL, snapshot
from alarmdesk.customers.testing import HOME, make_customer

OFFICE = AddressData(
    kind=Address.Kind.BILLING, street="PO Box 8", street_2="Attn. Accounts", city="Broken Arrow", state="OK"
)


def test_documents_go_to_the_billing_address_and_else_to_the_service_address():
    with inside(make_bare_company()):
        at_home = make_customer(account_number="A-1")
        at_work = make_customer(business_name="Hollis & Vance Dental", addresses=(HOME, OFFICE), email="")

        assert snapshot(at_home) == {
            "name": "Dana Whitfield",
            "address": ["2210 E 15th St", "Tulsa, OK 74104"],
            "email": "dana.whitfield@example.com",
            "account_number": "A-1",
        }
        assert snapshot(at_work)["name"] == "Hollis & Vance Dental"
        assert snapshot(at_work)["address"] == ["PO Box 8", "Attn. Accounts", "Broken Arrow, OK"]


def test_postgresql_tells_the_same_snapshot_as_python():
    with inside(make_bare_company()):
        make_customer()
        make_customer(first_name="", last_name="Núñez", addresses=())
        make_customer(business_name="O’Hara “24/7” Locks", addresses=(OFFICE,))
        make_customer(addresses=(HOME, OFFICE))
        make_customer(addresses=(AddressData(street="Rural Route 4", zip_code="74104"),))
        make_customer(addresses=(AddressData(street="Pier 9", city="Tulsa"),), email="")
        with connection.cursor() as cursor:
            cursor.execute(f"select customer_id, bill_to::text from ({SNAPSHOT_SQL}) s")
            told = {pk: json.loads(text) for pk, text in cursor.fetchall()}

        assert told == {customer.pk: snapshot(customer) for customer in Customer.objects.all()}
