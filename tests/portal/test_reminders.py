"""A holder wants no reminders, and wants them again; the office sees and sets the same wish."""

from django.test import Client

from alarmdesk.company.entering import inside
from alarmdesk.company.models import TrailEntry
from alarmdesk.customers.models import Customer
from tests.payments_pages.shop import Shop


def wish(shop: Shop) -> bool:
    with inside(shop.company):
        return Customer.objects.get(pk=shop.nora.pk).no_reminders


def test_a_holder_turns_reminders_off_and_on_again(shop: Shop, nora: Client) -> None:
    page = nora.get(shop.url("portal/methods/")).content.decode()
    assert "Send me no reminders" in page
    assert nora.post(shop.url("portal/reminders/")).url == shop.url("portal/methods/")
    assert wish(shop)
    with inside(shop.company):
        entry = TrailEntry.objects.filter(company=shop.company, table="customers_customer").latest("pk")
        assert (entry.new, entry.actor["name"]) == ({"no_reminders": True}, "Nora Whitfield")  # type: ignore[index]
    assert "Send me reminders" in nora.get(shop.url("portal/methods/")).content.decode()
    nora.post(shop.url("portal/reminders/"), {"reminders": "on"})
    assert not wish(shop)
    assert nora.get(shop.url("portal/reminders/")).status_code == 405
