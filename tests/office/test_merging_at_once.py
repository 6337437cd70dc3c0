"""Two merge at once, or one merges while another works on the same record: is anything lost?"""

import threading
from typing import Any

import pytest
from django.db import DatabaseError, connection

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.company.testing import OPENED
from alarmdesk.customers.models import Customer, Merge, Note
from alarmdesk.customers.testing import make_customer, make_note
from alarmdesk.customers.ticketing import write_note
from alarmdesk.invoicing.models import Invoice
from alarmdesk.invoicing.testing import make_invoice
from alarmdesk.office.merging.moving import Busy, Gone
from alarmdesk.office.testing import make_merge as merge
from alarmdesk.office.testing import make_open_company
from alarmdesk.payments.testing import make_cash_payment


@pytest.fixture
def company() -> Company:
    return make_open_company()


class Other(threading.Thread):
    """Somebody else, in a transaction of their own; `fell` is what stopped them."""

    def __init__(self, company: Company, work: Any) -> None:
        super().__init__()
        self.company, self.work, self.fell = company, work, None

    def run(self) -> None:
        try:
            with inside(self.company):
                self.work()
        except Exception as error:  # noqa: BLE001
            self.fell = error
        finally:
            connection.close()


def test_two_merges_at_once_make_one(company: Company):
    with inside(company):
        dana, dora = make_customer(), make_customer(first_name="Dora")
        make_note(dana)
        make_note(dora)
    others = [Other(company, lambda: merge(dana, dora)), Other(company, lambda: merge(dora, dana))]
    for other in others:
        other.start()
    for other in others:
        other.join(30)
    with inside(company):
        assert Customer.objects.count() == 1
        assert Merge.objects.count() == 1
        assert Note.objects.filter(customer=Customer.objects.get()).count() == 2
    stopped = [other.fell for other in others if other.fell]
    assert len(stopped) == 1
    assert isinstance(stopped[0], Gone | Busy | Customer.DoesNotExist)


def test_a_merge_gives_way_to_whoever_works_on_one_of_the_two(company: Company):
    with inside(company):
        dana, dora = make_customer(), make_customer()
        invoice = make_invoice(dora)
    with inside(company):
        Invoice.objects.select_for_update(no_key=True).get(pk=invoice.pk)  # a payment is being taken
        other = Other(company, lambda: merge(dana, dora))
        other.start()
        other.join(30)
        make_cash_payment(dora, "5.00")  # it waits for nobody
    assert isinstance(other.fell, Busy)
    with inside(company):
        assert Customer.objects.filter(pk=dora.pk).exists()


def test_a_note_that_comes_too_late_is_not_written_on_nobody(company: Company):
    with inside(company):
        dana, dora = make_customer(), make_customer()
    with inside(company):
        merge(dana, dora)
        late = Other(company, lambda: write_note(customer=dora, text="Too late", at=OPENED, by="Luis"))
        late.start()
        late.join(0.3)  # it waits for us
        assert late.is_alive()
    late.join(30)
    assert isinstance(late.fell, DatabaseError)
    with inside(company):
        assert not Note.objects.exists()
