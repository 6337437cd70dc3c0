"""Does a list show the rows that its address asks for, and no others?"""

from types import SimpleNamespace

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import RequestFactory

from alarmdesk.lib.lists import Bulk, Chip, Column, Empty, Listing, capped_count


class Kinds(Listing):
    """Django's own table of models: every database has it, and it needs no company."""

    name = "kinds"
    title = "Kinds"
    row = "pieces/mark.html"
    search_label = "Find a kind"
    default_sort = "model"
    page_size = 5
    columns = (Column("App", "app_label"), Column("Model", "model"), Column("Note"))
    chips = (Chip("auth", "Auth", lambda rows: rows.filter(app_label="auth")),)

    def search(self, rows, words):
        return rows.filter(model__icontains=words)


def listing(query="", method="get", **more):
    request = getattr(RequestFactory(), method)("/northgate/kinds/" + query, **more)
    request.htmx = None
    return Kinds(request, ContentType.objects.all())


@pytest.fixture
def models():
    return sorted(ContentType.objects.values_list("model", flat=True))


def test_the_first_page_is_in_the_default_order_and_knows_that_there_is_more(models):
    shown = listing()
    assert [row.model for row in shown.rows] == models[:5]
    assert shown.has_next
    assert shown.next_url == "/northgate/kinds/?page=2"
    assert shown.previous_url == ""


def test_pages_together_hold_every_row_once(models):
    seen = []
    page = listing()
    while True:
        seen += [row.model for row in page.rows]
        if not page.has_next:
            break
        page = listing("?" + page.next_url.partition("?")[2])
    assert seen == models


@pytest.mark.parametrize(
    "query", ["?page=0", "?page=-3", "?page=x", "?page=99999999999", "?sort=password", "?show=nobody"]
)
def test_nonsense_in_the_address_shows_the_list_as_it_is(query):
    assert [row.pk for row in listing(query).rows] == [row.pk for row in listing().rows]


def test_a_heading_turns_the_order_round_and_goes_back_to_page_one():
    shown = listing("?sort=model&page=2&q=e")
    app, model, note = shown.headings
    assert (model.url, model.direction) == ("/northgate/kinds/?q=e&sort=-model", "ascending")
    assert app.url == "/northgate/kinds/?q=e&sort=app_label"
    assert (note.url, note.direction) == ("", "")


def test_search_and_chip_narrow_together_and_the_chips_count_what_was_found():
    shown = listing("?q=group&show=auth")
    assert {row.app_label for row in shown.rows} == {"auth"}
    every, auth = shown.shown_chips
    assert every.count == str(ContentType.objects.filter(model__icontains="group").count())
    assert auth.current
    assert auth.count == str(len(shown.rows))


def test_counts_stop_at_the_cap():
    rows = ContentType.objects.all()
    assert capped_count(rows, 3) == "3+"
    assert capped_count(rows, 10_000) == str(rows.count())


def test_a_bulk_action_means_the_ticked_rows_or_all_that_match():
    first, second = ContentType.objects.filter(app_label="auth").order_by("pk")[:2]
    third = ContentType.objects.get(app_label="contenttypes")
    rows = ContentType.objects.exclude(pk=third.pk)
    post = RequestFactory().post
    ticked = Kinds.chosen(post("/x/", {"ids": [first.pk, third.pk, "1 OR 1=1"]}), rows)
    assert list(ticked) == [first]
    everything = Kinds.chosen(post("/x/", {"ids": [first.pk], "all": "1", "matching": "show=auth"}), rows)
    assert set(everything) == set(rows.filter(app_label="auth"))
    assert second in everything


def test_htmx_gets_only_what_changes():
    request = RequestFactory().get("/northgate/kinds/?q=zzzz")
    request.htmx = SimpleNamespace(target="kinds-body")
    html = Kinds(request, ContentType.objects.all()).answer("never/read.html").content.decode()
    assert html.lstrip().startswith('<div class="list-body" id="kinds-body">')
    assert "No row matches “zzzz”." in html
    assert '<input type="search"' not in html


def test_an_empty_list_has_one_button_that_opens_the_form():
    request = RequestFactory().get("/northgate/kinds/")
    request.htmx = SimpleNamespace(target="kinds-body")
    empty = Empty("No kinds yet", label="New kind", url="/new/")
    html = Kinds(request, ContentType.objects.none(), empty=empty, bulk=[Bulk("x", "/x/")]).answer("x").content.decode()
    assert "No kinds yet" in html
    assert html.count('href="/new/"') == 1
