"""Two people have the same form open: does the second one to save see what the first one wrote?"""

import re
from html import unescape

from alarmdesk.company.entering import inside
from alarmdesk.company.models import Company
from alarmdesk.company.testing import make_staff
from alarmdesk.customers.models import Customer
from alarmdesk.customers.testing import make_customer
from alarmdesk.office.testing import make_open_company, owner_of, signed_in


def filled_in(client, path):
    """What a browser would send if nobody typed anything."""
    page = client.get(path).content.decode()
    form = page[page.index('<form method="post" action="' + path) :]
    form = form[: form.index("</form>")]
    fields = {}
    for tag in re.findall(r"<input [^>]*>", form):
        said = {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        is_off = said.get("type") in {"checkbox", "radio"} and not re.search(r"\bchecked\b", tag)
        if "name" in said and not is_off and said.get("type") != "file":
            fields[said["name"]] = said.get("value", "on" if said.get("type") == "checkbox" else "")
    for name, inner in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        fields[name] = chosen.group(1) if chosen else re.search(r'value="([^"]*)"', inner).group(1)
    for name, inner in re.findall(r'<textarea name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        fields[name] = unescape(inner).strip()
    fields.pop("csrfmiddlewaretoken")
    return fields


def warned(answer):
    """The second saver's page says what the first one wrote."""
    page = unescape(answer.content.decode())
    assert answer.status_code == 422
    assert "Save anyway" in page
    assert "Check the fields in red" not in page
    return re.findall(r"<strong>(.+?) saved this while", page), re.findall(r"<li>([^<]+ → [^<]+)</li>", page)


def version_in(answer):
    return re.search(r'name="version" value="([^"]+)"', answer.content.decode()).group(1)


def test_a_customer_who_was_saved_meanwhile_is_shown_before_it_is_overwritten():
    company = make_open_company()
    with inside(company):
        customer = make_customer(first_name="Dana", last_name="Whitfield", email="dana@example.com")
    mine, theirs = signed_in(owner_of(company)), signed_in(make_staff(company, administrator=True, name="Luis Ferrer"))
    path = f"/{company.slug}/customers/{customer.pk}/edit/"
    first, second = filled_in(theirs, path), filled_in(mine, path)
    assert theirs.post(path, first | {"email": "new@example.com", "phone-0-number": "918 555 0199"}).status_code == 302

    second |= {"last_name": "Whitfield-Ochoa"}
    answer = mine.post(path, second)
    assert warned(answer) == (
        ["Luis Ferrer"],
        ["E-mail: dana@example.com → new@example.com", "Phone 1: Number: (918) 555-0142 → (918) 555-0199"],
    )
    assert 'value="Whitfield-Ochoa"' in answer.content.decode()
    with inside(company):
        assert Customer.objects.get(pk=customer.pk).last_name == "Whitfield"

    assert mine.post(path, second | {"version": version_in(answer)}).status_code == 302
    with inside(company):
        customer = Customer.objects.get(pk=customer.pk)
    assert (customer.last_name, customer.email) == ("Whitfield-Ochoa", "dana@example.com")


def test_ones_own_other_window_counts_too_and_saving_twice_the_same_does_not():
    company = make_open_company()
    with inside(company):
        customer = make_customer(last_name="Whitfield")
    client = signed_in(owner_of(company))
    path = f"/{company.slug}/customers/{customer.pk}/edit/"
    sheet = filled_in(client, path)
    assert client.post(path, sheet).status_code == 302
    assert client.post(path, sheet | {"status": "suspended"}).status_code == 302
    assert warned(client.post(path, sheet)) == (["You, in another window,"], ["Status: Active → Suspended"])


def test_the_companys_face_is_not_overwritten_unseen():
    company = make_open_company(phone="+19185550142")
    client, path = signed_in(owner_of(company)), f"/{company.slug}/settings/company/"
    first, second = filled_in(client, path), filled_in(client, path)
    assert client.post(path, first | {"name": "Harbor Alarm", "time_zone": "America/Denver"}).status_code == 302
    answer = client.post(path, second | {"phone": "(918) 555-0199"})
    changes = ["Name: Northgate Security → Harbor Alarm", "Time zone: Central → Mountain"]
    assert warned(answer) == (["You, in another window,"], changes)
    assert Company.objects.get(pk=company.pk).phone == "+19185550142"


def test_a_persons_group_is_not_overwritten_unseen():
    company = make_open_company()
    place = make_staff(company)
    client, path = signed_in(owner_of(company)), f"/{company.slug}/settings/users/{place.pk}/"
    first, second = filled_in(client, path), filled_in(client, path)
    assert client.post(path, first | {"title": "Dispatcher"}).status_code == 302
    _, changes = warned(client.post(path, second | {"title": "Installer"}))
    assert changes == ["Title: Office manager → Dispatcher"]


def test_a_form_from_before_the_key_was_changed_asks_to_look_again():
    company = make_open_company()
    client, path = signed_in(owner_of(company)), f"/{company.slug}/settings/company/"
    sheet = filled_in(client, path)
    answer = client.post(path, sheet | {"version": "sealed-by-another-key", "name": "Harbor Alarm"})
    assert answer.status_code == 422
    assert "opened too long ago" in answer.content.decode()
    assert client.post(path, sheet | {"version": version_in(answer), "name": "Harbor Alarm"}).status_code == 302


def test_a_groups_grants_are_not_overwritten_unseen():
    company = make_open_company()
    client = signed_in(owner_of(company))
    with inside(company):
        group = company.groups.exclude(is_administrator=True).order_by("pk").first()
        before = {(grant.resource, grant.verb) for grant in group.grants.all()}
    path = f"/{company.slug}/settings/groups/{group.pk}/"
    page = client.get(path)
    token, ticked = version_in(page), [f"{resource}.{verb}" for resource, verb in sorted(before)]
    sheet = {"name": group.name, "description": group.description, "version": token}
    less = [code for code in ticked if code != "payments.view"]
    assert len(less) == len(ticked) - 1
    assert client.post(path, sheet | {"grants": less}).status_code == 302

    answer = client.post(path, sheet | {"grants": ticked, "name": "Desk"})
    assert warned(answer) == (["You, in another window,"], ["View Payments: granted → nothing"])
    with inside(company):
        assert not group.grants.filter(resource="payments", verb="view").exists()
    assert client.post(path, sheet | {"grants": ticked, "version": version_in(answer)}).status_code == 302
    with inside(company):
        assert {(grant.resource, grant.verb) for grant in group.grants.all()} == before
