"""Do the values, marks and links of the furniture come out as a dealer reads them?"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

import alarmdesk
from alarmdesk.lib import furniture

SOURCE = Path(alarmdesk.__file__).parent
IN_TEMPLATES = (
    r'{%\s*icon "([^"]+)"',
    r'{%\s*dialog_link \S+ (?:"[^"]*"|\S+) "([^"]+)"',
    r'{%\s*post_button \S+ (?:"[^"]*"|\S+) "([^"]+)"',
    r'\bicon="([a-z0-9-]+)"',
    r"\bicon=\'([a-z0-9-]+)\'",
    r'icon\|default:"([^"]+)"',
)
IN_PYTHON = (r'\bicon="([a-z0-9-]+)"', r'"icon":\s*"([a-z0-9-]+)"')


def draw(source, path="/northgate/invoices/", cookies=None, **context):
    request = RequestFactory().get(path)
    request.COOKIES.update(cookies or {})
    return Template(source).render(Context({"request": request, **context}))


def icon_names():
    found = set()
    for pattern, folder_patterns in (("*.html", IN_TEMPLATES), ("*.py", IN_PYTHON)):
        for path in SOURCE.rglob(pattern):
            text = path.read_text()
            found |= {(name, path.name) for one in folder_patterns for name in re.findall(one, text)}
    return sorted(found)


def test_every_icon_that_a_template_or_a_view_names_can_be_drawn():
    names = icon_names()
    assert len(names) > 50
    missing = []
    for name, place in names:
        try:
            furniture.icon(name)
        except furniture.NoSuchIcon:
            missing.append(f"{name} in {place}")
    assert missing == []


def test_every_icon_of_the_navigation_can_be_drawn():
    from alarmdesk.office import navigation

    entries = [one for section in (*navigation.SECTIONS, *navigation.SETTINGS_SECTIONS) for one in section.entries]
    for entry in (*entries, *navigation.NEW):
        assert furniture.icon(entry.icon).startswith("<svg")


def test_an_icon_is_hidden_from_screen_readers_and_has_no_style():
    assert furniture.icon("phone", "faint").startswith(
        '<svg class="icon faint" viewBox="0 0 24 24" aria-hidden="true">'
    )
    assert "style=" not in furniture.icon("phone")


def test_an_unknown_icon_says_its_name():
    with pytest.raises(furniture.NoSuchIcon, match="circle-help"):
        furniture.icon("circle-help")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("1234.5"), "$1,234.50"),
        (Decimal(-5), "\N{MINUS SIGN}$5.00"),
        (Decimal("10.005"), "$10.01"),
        (Decimal("-0.001"), "$0.00"),
        (0, "$0.00"),
        (None, ""),
        ("abc", "abc"),
    ],
)
def test_money(value, shown):
    assert furniture.money(value) == shown


def test_money_of_another_currency():
    assert furniture.money(Decimal(5), "EUR") == "€5.00"
    assert furniture.money(Decimal(5), "CHF") == "CHF 5.00"


@pytest.mark.parametrize(("value", "shown"), [(Decimal("8.5170"), "8.517%"), (Decimal(10), "10%"), (None, "")])
def test_percent(value, shown):
    assert furniture.percent(value) == shown


def test_a_moment_is_told_in_the_current_zone_and_names_it():
    at = datetime(2026, 11, 18, 16, 30, tzinfo=UTC)
    with timezone.override(ZoneInfo("America/Chicago")):
        assert furniture.moment(at) == "Nov 18, 2026, 10:30 AM CST"
        assert furniture.clock_time(at) == "10:30 AM"
        assert furniture.day(datetime(2026, 11, 18, 3, 0, tzinfo=UTC)) == "Nov 17, 2026"
    assert furniture.day(date(2026, 11, 8)) == "Nov 8, 2026"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("+19185550142", "(918) 555-0142"),
        ("9185550142", "(918) 555-0142"),
        ("+442079460000", "+44 20 7946 0000"),
        ("front desk", "front desk"),
        (None, ""),
    ],
)
def test_phone(value, shown):
    assert furniture.phone(value) == shown


@pytest.mark.parametrize(("name", "shown"), [("Hollis & Vance Dental", "HV"), ("Ann", "A"), ("", "?"), (None, "?")])
def test_initials(name, shown):
    assert furniture.initials(name) == shown


def test_a_pill_escapes_its_text_and_an_unknown_kind_is_plain():
    assert draw('{% pill "ok" text %}', text="<b>") == '<span class="pill ok">&lt;b&gt;</span>'
    assert draw('{% pill "purple" "x" %}') == '<span class="pill plain">x</span>'


def test_query_changes_what_it_names_and_keeps_the_rest():
    path = "/northgate/invoices/?show=open&q=a%26b&page=3"
    assert draw("{% query page=4 q=None as x %}{{ x|safe }}", path) == "?show=open&page=4"
    assert draw("{% query page=None as x %}{{ x|safe }}", path) == "?show=open&q=a%26b"


@pytest.mark.parametrize(("cookie", "shown"), [("dark", "dark"), ("light", "light"), ('"><script>', ""), ("", "")])
def test_the_theme_is_one_of_ours_whatever_the_cookie_says(cookie, shown):
    assert draw("{% theme %}", cookies={"theme": cookie}) == shown


def test_a_dialog_link_works_without_javascript():
    html = draw('{% dialog_link "/new/" "New invoice" "plus" "btn primary" keys="n i" %}')
    assert 'href="/new/"' in html
    assert "data-dialog" in html
    assert 'data-keys="n i"' in html


def test_a_post_button_carries_its_hidden_fields_escaped():
    html = draw('{% post_button "/void/" "Void" reason=why %}', why='"x', csrf_token="t")
    assert '<input type="hidden" name="reason" value="&quot;x">' in html
    assert 'name="csrfmiddlewaretoken" value="t"' in html


def test_the_header_of_a_customer_shows_two_buttons_and_the_primary_one():
    actions = [{"label": name, "primary": name == "C"} for name in "ABCDE"]
    assert [one["label"] for one in furniture.shown_actions(actions)] == ["A", "B", "C"]
    assert [one["label"] for one in furniture.more_actions(actions)] == ["D", "E"]


def test_no_template_has_what_the_content_security_policy_forbids():
    bad = re.compile(r'\sstyle="|<style|<script(?![^>]*(?:src=|application/json))|\son[a-z]+="|hx-on|javascript:')
    found = [f"{path.name}: {hit}" for path in SOURCE.rglob("*.html") for hit in bad.findall(path.read_text())]
    assert found == []


def test_the_button_of_a_menu_opens_that_menu():
    html = draw('{% menu 7 label="More" %}<li>x</li>{% endmenu %}')
    assert 'popovertarget="menu-7"' in html
    assert '<div id="menu-7" class="menu" popover><ul><li>x</li></ul></div>' in html


def test_a_menu_without_a_name_is_refused():
    with pytest.raises(ValueError, match="More"):
        draw('{% menu "" label="More" %}{% endmenu %}')
