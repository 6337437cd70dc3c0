"""Does every form answer as a page, as a dialog, and when it is wrong?"""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.template import engines
from django.test import RequestFactory

from alarmdesk.lib import pages

AMOUNT = Decimal("1194.85")


def asking(*, target="", data=None, htmx=True):
    factory = RequestFactory()
    request = factory.get("/northgate/refund/") if data is None else factory.post("/northgate/refund/", data)
    request.htmx = SimpleNamespace(target=target) if htmx else None
    request.user = SimpleNamespace(is_authenticated=False)
    request._messages = CookieStorage(request)
    return request


def ask(request, form):
    return pages.show_confirm(
        request,
        form,
        title="Refund $1,194.85",
        says="It goes back.",
        action="Refund",
        back="/b/",
        frame="frames/plain.html",
    )


def test_without_javascript_a_form_is_a_whole_page():
    answer = ask(asking(htmx=False), pages.Confirm(amount=AMOUNT))
    html = answer.content.decode()
    assert html.startswith("<!DOCTYPE html>")
    assert 'href="/b/"' in html
    assert "hx-post" not in html
    assert answer.status_code == 200


def test_in_a_dialog_it_is_only_the_form_and_opens_after_the_swap():
    answer = ask(asking(target="dialog-body"), pages.Confirm(amount=AMOUNT))
    html = answer.content.decode()
    assert html.lstrip().startswith("<form")
    assert 'id="dialog-title"' in html
    assert 'hx-target="#dialog-body"' in html
    assert answer["HX-Trigger-After-Swap"] == "dialog:open"
    assert {"HX-Request", "HX-Target"} <= set(answer["Vary"].split(", "))


def test_a_wrong_form_answers_422_keeps_what_was_typed_and_marks_the_field():
    form = pages.Confirm({"typed": "12"}, amount=AMOUNT)
    answer = ask(asking(target="dialog-body", data={"typed": "12"}), form)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="12"' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_typed_error"' in html
    assert 'id="id_typed_error"' in html


@pytest.mark.parametrize(
    ("typed", "right"), [("1194.85", True), ("$1,194.85", True), ("1194.8", False), ("", False), ("NaN", False)]
)
def test_money_must_be_typed_to_the_cent(typed, right):
    assert pages.Confirm({"typed": typed}, amount=AMOUNT).is_valid() is right


def test_without_an_amount_the_button_is_enough():
    assert pages.Confirm({}).is_valid()


def test_a_plain_post_goes_on_by_redirect_and_says_what_happened():
    request = asking(htmx=False, data={})
    answer = pages.go(request, "/northgate/", "Moved", undo="/northgate/undo/")
    assert (answer.status_code, answer["Location"]) == (302, "/northgate/")
    [message] = get_messages(request)
    html = engines["django"].from_string("{{ message|undo_url }} {{ message }}").render({"message": message})
    assert html == "/northgate/undo/ Moved"


def test_a_dialog_post_tells_htmx_where_to_go():
    answer = pages.go(asking(target="dialog-body", data={}), "/northgate/")
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/northgate/")


@pytest.mark.parametrize("name", ["400.html", "403.html", "404.html", "500.html"])
def test_an_error_page_leaves_the_csrf_cookie_of_the_open_page_alone(name):
    request = RequestFactory().get("/favicon.ico")
    engines["django"].get_template(name).render({}, request)
    assert "CSRF_COOKIE" not in request.META
