"""Is every mail the dealer's own, readable in the dark, in both forms, and whatever way its words run?"""

import re
from typing import Any

import pytest

from alarmdesk.company.models import Company
from alarmdesk.messaging.catalogue import LETTERS
from alarmdesk.messaging.layout import dressed, framed, from_text
from alarmdesk.messaging.texts import ours

COMPANY = Company(name="Northgate <Security>", slug="northgate", colour="#ffcc00")


@pytest.mark.parametrize("letter", LETTERS.values(), ids=list(LETTERS))
def test_a_letter_stands_in_the_dealers_layout_with_at_most_one_button(letter: Any) -> None:
    written = ours(letter).write(letter.samples)
    whole = framed(written.subject, written.text, str(written.html), COMPANY)
    assert whole.startswith("<!doctype html>")
    assert "Northgate &lt;Security&gt;</strong>" in whole
    assert "prefers-color-scheme: dark" in whole
    assert 'name="viewport"' in whole
    assert whole.count("display:inline-block") == whole.count("background:#8")  # yellow, as dark as white asks for
    assert whole.count("display:inline-block") <= 1
    assert "<p>" not in whole
    assert not re.search(r'<a href|<td>|<table>|style="[^"]*"\s[^>]*style=', whole)
    assert "<script" not in whole


def test_a_link_that_stands_alone_is_the_button_and_any_other_is_a_link() -> None:
    inner = (
        '<p><a href="https://a.example/?x=1&amp;y=2">Pay now</a></p>\n<p><a href="https://b.example/">Account</a></p>'
    )
    dress = dressed(inner, "#123456")
    assert 'background:#123456;color:#ffffff;" href="https://a.example/?x=1&amp;y=2">Pay now</a>' in dress
    assert '<a class="m-link" style="color:#123456;" href="https://b.example/">Account</a>' in dress
    assert dress.count("display:inline-block") == 1


def test_words_from_right_to_left_find_their_own_direction() -> None:
    dress = dressed('<p>שלום</p><table><tr><td>שירות</td><td align="right">$5.00</td></tr></table>', "#123456")
    assert re.search(r'<p dir="auto"[^>]*>שלום', dress)
    assert re.search(r'<td dir="auto"[^>]*>שירות', dress)
    assert re.search(r'<td style="[^"]*" align="right">\$5.00', dress)


def test_a_letter_of_text_alone_has_a_twin_and_nothing_of_it_is_read_as_markup() -> None:
    twin = from_text("Hello <b>,\n\nsee https://a.example/x?y=1&z=2\nBye\n")
    assert "Hello &lt;b&gt;," in twin
    assert 'href="https://a.example/x?y=1&amp;z=2"' in twin
    assert twin.count("<p>") == 2
    assert "<br>Bye" in twin


def test_what_was_written_whole_before_mails_had_a_layout_leaves_as_it_was() -> None:
    old = "<!doctype html>\n<html><body>Hello</body></html>"
    assert framed("Hello", "Hello", old, COMPANY) == old


def test_the_logo_stands_at_the_head_with_the_name_for_those_who_load_no_pictures() -> None:
    with_logo = Company(name="Northgate", slug="northgate", colour="#2347c5", logo_type="image/png")
    whole = framed("Hello", "Hello", "", with_logo)
    assert re.search(r'<img class="m-logo" src="https?://[^"]+/companies/northgate/logo" alt="Northgate"', whole)
