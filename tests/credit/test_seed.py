"""Do the demo's credit checks hold together? Made by the room's own verbs at the simulated bureaus."""

from alarmdesk.company.entering import inside
from alarmdesk.credit.models import AdverseLetter
from alarmdesk.credit.paper import pdf
from alarmdesk.customers.actions import AddressData
from alarmdesk.customers.testing import make_customer, make_lead
from alarmdesk.deployment.seed_credit import check_credit
from alarmdesk.office.testing import make_open_company


def test_the_sample_dealer_has_bureaus_reports_an_applied_score_and_a_letter(world):
    company = make_open_company()
    names = (("Dana", "Whitfield"), ("Luis", "Ferrer"), ("Priya", "Nair"), ("Sam", "Okoro"))
    with inside(company):
        for place, (first, last) in enumerate(names):
            make = make_lead if place < 2 else make_customer
            home = AddressData(street=f"{place + 1} Oak Ave", city="Tulsa", state="OK", zip_code="74104")
            make(first_name=first, last_name=last, addresses=[home])
    check_credit(company)
    with inside(company):
        reports = company.credit_reports.order_by("pk")
        assert [(row.score, row.grade, row.is_manual) for row in reports] == [
            (742, "A", False), (688, "B", False), (561, "D", False), (655, "C", False), (731, "A", True),
        ]  # fmt: skip
        assert [row.score for row in reports.filter(applied_at__isnull=False)] == [742]
        assert pdf(AdverseLetter.objects.get(), company).startswith(b"%PDF")
