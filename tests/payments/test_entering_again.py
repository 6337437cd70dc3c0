"""What is left of an error that was raised two companies deep, and of a trail that somebody tampers with?"""

import pytest
from django.db import IntegrityError, connection

from alarmdesk.company.entering import entered, inside
from alarmdesk.company.models import Company, TrailEntry
from alarmdesk.company.testing import make_bare_company
from alarmdesk.customers.models import Customer
from alarmdesk.invoicing.testing import make_billed_customer

TWICE = "insert into company_series (company_id, code, value) select %s, 'x', n from (values (1), (2)) v (n)"


def test_an_error_of_the_database_inside_another_company_comes_out_as_itself() -> None:
    shop, rival = make_bare_company(), make_bare_company()
    with inside(shop):
        customer = make_billed_customer(state="")
        with pytest.raises(IntegrityError), inside(rival), connection.cursor() as cursor:
            cursor.execute(TWICE, [rival.pk])
        assert entered() == shop
        assert list(Customer.objects.all()) == [customer]


def test_the_trail_is_never_changed_or_removed() -> None:
    shop: Company = make_bare_company()
    with inside(shop):
        make_billed_customer(state="")
        assert TrailEntry.objects.exists()
        for change in (lambda rows: rows.update(actor=None), lambda rows: rows._raw_delete(rows.db)):
            with pytest.raises(IntegrityError, match="insert-only"), inside(shop):
                change(TrailEntry.objects.all())
