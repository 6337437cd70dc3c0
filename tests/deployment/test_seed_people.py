"""Does the demo's office remember something of its customers?"""

from alarmdesk.company.entering import inside
from alarmdesk.customers.testing import make_customer, make_lead
from alarmdesk.deployment.seed_people import remember
from alarmdesk.office.testing import make_open_company


def test_a_sample_dealer_has_call_lists_agencies_tags_tickets_and_files():
    company = make_open_company()
    with inside(company):
        for _ in range(8):
            make_customer()
        for _ in range(4):
            make_lead()
    remember(company, area_code="918")
    with inside(company):
        assert company.contacts.count() == 24
        assert company.customer_agencies.count() == 4
        assert company.tags.count() == 3
        assert company.tickets.count() == 12
        assert company.tickets.filter(done_at=None).count() == 10
        assert company.tickets.filter(assignee=None).count() == 3
        assert company.customer_files.count() == 3
        stages = company.opportunities.order_by("stage__position").values_list("stage__name", flat=True)
        assert list(stages) == ["New", "Contacted", "Quoted", "Lost"]
