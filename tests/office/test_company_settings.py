"""How does a company change its face?"""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from alarmdesk.company.models import Company
from alarmdesk.company.permissions import company_settings
from alarmdesk.lib.colours import contrast_with_white
from alarmdesk.office.testing import make_open_company, office_of

FACE = {"name": "Harbor Alarm", "time_zone": "America/New_York", "phone": "(918) 555-0142", "colour": "#0b6b40"}
FACE["sheet"] = "a4"


def picture(kind="PNG", size=(900, 300)):
    written = io.BytesIO()
    Image.new("RGB", size, "#0b6b40").save(written, kind)
    return written.getvalue()


def post(company, client=None, **fields):
    client = client or office_of(company)
    return client.post(f"/{company.slug}/settings/company/", {**FACE, **fields})


def test_the_company_page_saves_what_was_typed():
    company = make_open_company()
    assert post(company).status_code == 302
    company = Company.objects.get(pk=company.pk)
    assert (company.name, company.time_zone, company.phone, company.colour) == (
        "Harbor Alarm",
        "America/New_York",
        "+19185550142",
        "#0b6b40",
    )


@pytest.mark.parametrize(
    ("colour", "ratio"), [("#000000", 21.0), ("#ffffff", 1.0), ("#767676", 4.54), ("#2347c5", 7.6)]
)
def test_contrast_is_that_of_wcag(colour: str, ratio: float):
    assert contrast_with_white(colour) == pytest.approx(ratio, abs=0.3)


def test_a_color_on_which_white_text_is_hard_to_read_is_refused():
    company = make_open_company()
    answer = post(company, colour="#ffd400")
    assert answer.status_code == 422
    assert "Choose a darker one" in answer.content.decode()
    assert Company.objects.get(pk=company.pk).colour == company.colour


@pytest.mark.parametrize("bad", [{"phone": "12"}, {"time_zone": "Mars/Olympus"}, {"name": ""}, {"colour": "red"}])
def test_a_bad_value_is_refused_beside_its_field(bad: dict[str, str]):
    answer = post(make_open_company(), **bad)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_logo_is_kept_as_a_png_of_our_own_making(kind: str):
    company = make_open_company()
    post(company, logo_file=SimpleUploadedFile("logo.any", picture(kind) + b"<script>alert(1)</script>"))
    answer = Client().get(f"/companies/{company.slug}/logo")
    assert answer["Content-Type"] == "image/png"
    assert b"<script>" not in answer.content
    with Image.open(io.BytesIO(answer.content)) as kept:
        assert (kept.format, kept.size) == ("PNG", (640, 213))


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a" + bytes(100),
        b"not a picture",
        picture()[:200],
        picture() + bytes(1024 * 1024),
    ],
    ids=["svg", "gif", "text", "cut-off", "too-large"],
)
def test_what_is_no_small_png_or_jpeg_is_no_logo(content: bytes):
    company = make_open_company()
    answer = post(company, logo_file=SimpleUploadedFile("logo.png", content, "image/png"))
    assert answer.status_code == 422
    assert Company.objects.get(pk=company.pk).logo is None


def test_a_logo_can_be_removed():
    company = make_open_company()
    post(company, logo_file=SimpleUploadedFile("logo.png", picture()))
    post(company, remove_logo="on")
    assert Client().get(f"/companies/{company.slug}/logo").status_code == 404


def test_saving_without_a_file_keeps_the_logo():
    company = make_open_company()
    post(company, logo_file=SimpleUploadedFile("logo.png", picture()))
    post(company, name="Renamed")
    assert Client().get(f"/companies/{company.slug}/logo").status_code == 200


def test_a_logo_that_has_not_changed_is_not_sent_again():
    company = make_open_company()
    post(company, logo_file=SimpleUploadedFile("logo.png", picture()))
    first = Client().get(f"/companies/{company.slug}/logo")
    again = Client().get(f"/companies/{company.slug}/logo", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304


def test_the_portal_gets_the_dealers_color_as_a_style_sheet():
    company = make_open_company(colour="#0b6b40")
    answer = Client().get(f"/companies/{company.slug}/brand.css")
    assert answer.content == b":root { --brand: #0b6b40; }\n"
    assert answer["Content-Type"].startswith("text/css")


def test_who_may_only_look_sees_the_company_and_cannot_save():
    company = make_open_company()
    client = office_of(company, company_settings.view)
    page = client.get(f"/{company.slug}/settings/company/")
    assert page.status_code == 200
    assert 'name="name"' not in page.content.decode()
    assert post(company, client).status_code == 403
