"""Does a file come in by pressing real buttons, and is every page of it fit for all?"""

import pytest
from tests.importing.test_bad_files import HEAD, row
from tests.importing.test_importing import BILLED
from tests.importing.test_pages import MEANS, work

__all__ = ["work"]
TEXT = HEAD + row("A-1", **BILLED) + row("A-2", mmr="x")


@pytest.fixture
def sign_in(desk, site):
    """Lets a browser page be somebody of the office."""

    def enter(page):
        from django.conf import settings
        from django.test import Client

        from alarmdesk.company.testing import make_staff

        client = Client()
        client.force_login(make_staff(desk.company, administrator=True).user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": site}])
        return page

    return enter


@pytest.mark.browser
@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_a_file_comes_in_and_goes_again(desk, new_page, sign_in, work, axe, width, dark, request):
    page = sign_in(new_page(width=width, dark=dark))
    home = f"/{desk.company.slug}/imports/"
    seen = Seen(page, axe, request.config.getoption("--basetemp"), f"{width}")
    page.goto(home)
    seen("empty")
    page.locator("main").get_by_role("link", name="Import customers").first.click()
    page.set_input_files("input[type=file]", {"name": "customers.csv", "mimeType": "text/csv", "buffer": TEXT.encode()})
    seen("file")
    page.get_by_role("button", name="Go on").click()
    for name, column in MEANS.items():
        page.select_option(f"[name={name}]", column)
    seen("columns")
    page.get_by_role("button", name="Check the file").click()
    page.get_by_text("Waiting for a free worker").wait_for()
    seen("waiting")
    work_until(page, work, "1 of 2 rows are bad")
    seen("checked")
    page.get_by_role("link", name="Import the good rows").click()
    page.get_by_text("1 customers will be added").wait_for()
    seen("confirm")
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("Waiting for a free worker").wait_for()
    work_until(page, work, "What it made")
    seen("imported")
    page.get_by_role("link", name="Undo this import").click()
    page.get_by_role("button", name="Undo the import").click()
    page.get_by_text("Waiting for a free worker").wait_for()
    work_until(page, work, "This import was undone")
    page.goto(home)
    seen("list")
    page.goto(f"/{desk.company.slug}/export/")
    seen("export")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download Customers").click()
    assert download.value.suggested_filename.startswith(desk.company.slug)


def work_until(page, work, words):
    """Do the waiting work; the page shows itself anew when it is over, without its bar and with these words."""
    work()
    page.locator("#run").wait_for(state="detached")
    page.get_by_text(words).wait_for()
    page.wait_for_load_state()


class Seen:
    """Looks at a page as it stands: axe is content, nothing is wider than the screen; a picture where asked."""

    def __init__(self, page, axe, folder, name):
        self.page, self.axe, self.folder, self.name = page, axe, folder, name

    def __call__(self, what):
        self.axe(self.page)
        wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{what} is {wide} px wider than the screen"
        if self.folder:
            self.page.screenshot(path=f"{self.folder}/{self.name}-{what}.png", full_page=True)
