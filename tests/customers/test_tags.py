"""Which words stand on a customer, and who is found by them (F26, D11)?"""

import datetime as dt
import re
import threading

import pytest
from django.db import IntegrityError, connection, transaction

from alarmdesk.company.entering import inside
from alarmdesk.customers import tagging
from alarmdesk.customers.models import Tag, Tagging
from alarmdesk.customers.permissions import customers, leads, tags
from alarmdesk.customers.testing import make_customer, make_lead, make_tagging

NOON = dt.datetime(2026, 11, 21, 18, tzinfo=dt.UTC)
HTMX = {"HX-Request": "true", "HX-Target": "customer-tags"}


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def on(customer) -> list[str]:
    return [row.tag.name for row in tagging.on_customer(customer)]


def test_f26_a_word_is_typed_and_saved_and_stands_on_the_customer(office):
    with inside(office.company):
        dana = make_customer()
    path = f"customers/{dana.pk}/tags/add/"
    assert office.post(path, {"name": "  Gate   code ", "colour": "info"}).status_code == 302
    with inside(office.company):
        assert on(dana) == ["Gate code"]
        assert Tag.objects.get().colour == "info"
    seen = office.get(f"customers/{dana.pk}/").content.decode()
    assert 'class="pill info">Gate code' in seen
    assert "Tag added: Gate code" in text_of(office.get(f"customers/{dana.pk}/history/"))


def test_d11_the_answer_to_save_is_the_strip_with_the_new_tag_so_that_nothing_is_loaded_again(office):
    with inside(office.company):
        dana = make_customer()
    answer = office.client.post(f"/{office.company.slug}/customers/{dana.pk}/tags/add/", {"name": "VIP"}, headers=HTMX)
    assert answer.status_code == 200
    assert "HX-Redirect" not in answer
    seen = answer.content.decode()
    assert seen.startswith('<div class="tag-strip" id="customer-tags">')
    assert "VIP" in seen
    with inside(office.company):
        (tag,) = Tag.objects.all()
    path = f"/{office.company.slug}/customers/{dana.pk}/tags/{tag.pk}/remove/"
    assert "VIP" not in text_of(office.client.post(path, headers=HTMX))
    with inside(office.company):
        assert on(dana) == []


@pytest.mark.parametrize("wrong", ["", "   ", "x" * 41])
def test_what_is_no_tag_comes_back_with_a_word_beside_the_box(office, wrong):
    with inside(office.company):
        dana = make_customer()
    answer = office.client.post(f"/{office.company.slug}/customers/{dana.pk}/tags/add/", {"name": wrong}, headers=HTMX)
    assert answer.status_code == 422
    assert 'id="new-tag-error"' in answer.content.decode()
    with inside(office.company):
        assert not Tag.objects.exists()


def test_a_word_is_one_tag_whatever_the_case_and_a_second_time_changes_nothing(office):
    with inside(office.company):
        dana, theo = make_customer(), make_customer()
        make_tagging(dana, "VIP")
        make_tagging(theo, "vip")
        assert tagging.tag_customer(dana, "Vip", at=NOON, by="Rosa")[1] is False
        assert Tag.objects.count() == 1
        assert Tagging.objects.count() == 2
        with pytest.raises(IntegrityError), transaction.atomic():
            Tag.objects.create(name="vIP", created_at=NOON, created_by="Rosa")


def test_eight_who_type_the_same_new_word_at_once_make_one_tag(office):
    with inside(office.company):
        people = [make_customer() for _ in range(8)]
    told: list[str] = []

    def put(customer) -> None:
        try:
            with inside(office.company):
                tagging.tag_customer(customer, "Storm 2026", at=NOON, by="Rosa")
        except Exception as error:  # noqa: BLE001  the thread's own error must reach the test
            told.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=put, args=(customer,)) for customer in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == []
    with inside(office.company):
        assert (Tag.objects.count(), Tagging.objects.count()) == (1, 8)


def found(office, query: str, page: str = "customers") -> list[str]:
    return re.findall(r'class="main"><a href="[^"]+">([^<]+)</a>', office.get(f"{page}/?{query}").content.decode())


def test_the_list_shows_who_has_any_of_the_tags_or_all_of_them(office):
    with inside(office.company):
        ann, bob, cy = (make_customer(first_name="", last_name=name) for name in ("Ann", "Bob", "Cy"))
        vip, storm = make_tagging(ann, "VIP").tag, make_tagging(bob, "Storm").tag
        make_tagging(ann, "Storm")
        make_lead(first_name="", last_name="Lea")
    assert found(office, f"tag={vip.pk}&tag={storm.pk}") == ["Bob", "Ann"]
    assert found(office, f"tag={vip.pk}&tag={storm.pk}&match=all") == ["Ann"]
    assert found(office, f"tag={storm.pk}&q=bob") == ["Bob"]
    assert found(office, "tag=nonsense") == ["Cy", "Bob", "Ann"]
    assert cy.pk
    blind = office.colleague(customers.view)
    assert found(blind, f"tag={vip.pk}") == ["Cy", "Bob", "Ann"], "who may not see tags does not learn them here"
    assert "Storm" not in blind.get("customers/").content.decode()


def test_ticked_customers_are_tagged_together_and_it_is_said_who_had_the_tag(office):
    with inside(office.company):
        ann, bob, cy = (make_customer(last_name=name) for name in ("Ann", "Bob", "Cy"))
        make_tagging(ann, "VIP")
        lea = make_lead()
    sent = {"ids": [ann.pk, bob.pk, lea.pk], "name": "vip"}
    asked = office.get("customers/tag/", data={"ids": [ann.pk, bob.pk]})
    assert "Put a tag on 2 customers" in text_of(asked)
    answer = office.post("customers/tag/", sent, follow=True)
    assert "1 customer tagged VIP. 1 customer had it before." in text_of(answer)
    with inside(office.company):
        assert [on(one) for one in (ann, bob, cy, lea)] == [["VIP"], ["VIP"], [], []]
        vip = Tag.objects.get()
    answer = office.post("customers/untag/", {"ids": [ann.pk, cy.pk], "tag": vip.pk}, follow=True)
    assert "VIP is taken off 1 customer. 1 customer did not have it." in text_of(answer)
    assert office.post("leads/tag/", {"ids": [lea.pk, bob.pk], "name": "Callback"}).status_code == 302
    with inside(office.company):
        assert [on(one) for one in (ann, bob, lea)] == [[], ["VIP"], ["Callback"]]
    assert office.colleague(tags.create, leads.view).post("customers/tag/", sent).status_code == 403


def test_all_that_match_means_all_of_them_beyond_the_page_and_with_kind_and_tags(office):
    with inside(office.company):
        shops = [make_customer(kind="business", business_name=f"Shop {n}") for n in range(60)]
        homes = [make_customer(last_name="Shopley") for _ in range(3)]
        for one in (*shops[:55], homes[0]):
            make_tagging(one, "Storm")
        storm = Tag.objects.get()
    page = office.get(f"customers/?kind=business&tag={storm.pk}&q=shop").content.decode()
    matching = re.search(r'name="matching" value="([^"]+)"', page)
    assert matching is not None
    sent = {"all": "1", "matching": matching[1].replace("&amp;", "&"), "name": "Walk-through"}
    assert "55 customers tagged" in text_of(office.post("customers/tag/", sent, follow=True))


def test_a_tag_is_renamed_merged_and_deleted_in_the_settings_and_history_goes_on_naming_it(office):
    with inside(office.company):
        ann, bob = make_customer(), make_customer()
        old, new = make_tagging(ann, "Very important").tag, make_tagging(bob, "VIP").tag
        make_tagging(bob, "Very important")
    taken = office.post(f"settings/tags/{old.pk}/", {"name": "vip", "colour": "ok"})
    assert taken.status_code == 422
    assert "There is a tag “vip” already. Merge the two instead." in text_of(taken)
    assert office.post(f"settings/tags/{new.pk}/", {"name": "V.I.P.", "colour": "ok"}).status_code == 302
    assert office.post(f"settings/tags/{old.pk}/merge/", {"tag": new.pk}).status_code == 302
    with inside(office.company):
        assert [on(ann), on(bob)] == [["V.I.P."], ["V.I.P."]]
        with pytest.raises(tagging.TagGone):
            tagging.tag_many([ann.pk], old, at=NOON, by="Rosa")
        make_tagging(ann, "very IMPORTANT")  # the word is free again
    assert "2 accounts" in text_of(office.get(f"settings/tags/{new.pk}/delete/"))
    assert office.post(f"settings/tags/{new.pk}/delete/").status_code == 302
    shown = text_of(office.get(f"customers/{bob.pk}/history/"))
    assert "Tag V.I.P." in shown
    assert "Tag Very important" in shown
    assert office.get(f"settings/tags/{new.pk}/").status_code == 404


def test_fifty_tagged_rows_ask_as_many_questions_as_one(office, equally_many_questions):
    with inside(office.company):
        for n in range(50):
            customer = make_customer(kind="business" if n else "person", business_name=f"Shop {n}")
            for name in ("VIP", "Storm", "Callback"):
                make_tagging(customer, name)
    equally_many_questions(office, "customers/?kind=person", "customers/?kind=business")
