"""What when two people press in the same moment, the first not committed yet when the second begins?"""

from alarmdesk.company.testing import make_staff
from alarmdesk.invoicing.audit import differences
from alarmdesk.invoicing.correcting import AlreadyAnswered, supersede
from alarmdesk.invoicing.models import QuoteAnswer
from alarmdesk.invoicing.quotes import Answered, NotAnswerable, accept, convert_quote, decline
from alarmdesk.invoicing.testing import line, make_invoice, net
from tests.invoicing_pages.conftest import NOW, TODAY
from tests.invoicing_pages.test_drafts import LABOR, begun, key_of
from tests.invoicing_pages.test_quotes import READER, quoted
from tests.invoicing_pages.test_writing import new_url, typed
from tests.payments.test_at_once import at_once


def signing(quote):
    return lambda: accept(quote, name="D", signature="", typed_signature="D", reader=READER, today=TODAY, at=NOW)


def test_a_draft_that_two_issue_at_once_is_one_document(shop):
    from django.test import Client

    url, data = begun(shop), typed(shop, LABOR, draft_version="1")
    luis = Client()
    luis.force_login(make_staff(shop.company, administrator=True, name="Luis Ferrer").user)
    codes = []
    fell = at_once(
        shop.company,
        lambda: codes.append(shop.client.post(url, data).status_code),
        lambda: codes.append(luis.post(url, data).status_code),
    )
    assert (fell, codes) == (None, [302, 302])
    with shop.inside():
        assert shop.company.invoices.count() == 1
        assert list(differences()) == []


def test_a_new_form_that_is_sent_twice_at_once_is_one_document(shop):
    data = typed(shop, LABOR, key=key_of(shop.client.get(new_url(shop))))
    codes = []

    def send():
        codes.append(shop.client.post(new_url(shop), data).status_code)

    assert (at_once(shop.company, send, send), codes) == (None, [302, 302])
    with shop.inside():
        assert shop.company.invoices.count() == 1
        assert shop.company.drafts.count() == 1


def test_a_quote_that_is_signed_and_declined_at_once_has_the_first_answer(shop):
    quote = quoted(shop)

    def say_no():
        decline(quote, name="", reason="No", reader=READER, today=TODAY, at=NOW)

    assert isinstance(at_once(shop.company, signing(quote), say_no), Answered)
    with shop.inside():
        assert [answer.verdict for answer in QuoteAnswer.objects.all()] == ["accepted"]


def test_a_quote_that_is_signed_while_its_new_version_comes_is_not_both(shop):
    quote, other = quoted(shop), quoted(shop)
    with shop.inside():
        new, newer = (make_invoice(shop.dana, type="quote", lines=[line("5")]) for _ in range(2))
    replace = lambda old, by: lambda: supersede(old, by, reason="", at=NOW, by="Rosa")  # noqa: E731
    assert isinstance(at_once(shop.company, signing(quote), replace(quote, new)), AlreadyAnswered)
    assert isinstance(at_once(shop.company, replace(other, newer), signing(other)), NotAnswerable)
    with shop.inside():
        assert [answer.quote for answer in QuoteAnswer.objects.all()] == [quote]
        assert list(differences()) == []


def test_a_quote_that_two_convert_at_once_is_one_invoice(shop):
    quote = quoted(shop)

    def convert():
        convert_quote(quote, term=net(15), sale_on=TODAY, at=NOW, by="Rosa")

    fell = at_once(shop.company, convert, convert)
    assert "has taken the place of Quote 1 already" in str(fell)
    with shop.inside():
        assert shop.company.invoices.filter(type="invoice").count() == 1
        assert list(differences()) == []
