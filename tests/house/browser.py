"""How does a test press real buttons?

In Chromium, against the whole application on a real socket. A page whose console shows an error, that breaks its
Content-Security-Policy or that gets a server error fails the test, whatever else the test looked at.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.house.databases import taking_turns

if TYPE_CHECKING:  # plugins are read before Django is set up
    from django.test import Client
    from playwright.sync_api import Browser, ConsoleMessage, Page, Response

    from tests.house.looking import Eye

NO_CHROMIUM = "no Chromium: install it (Debian: apt-get install chromium) or set CHROMIUM"


def chromium() -> str | None:
    """The browser's program, or None where the machine has none."""
    names = (os.environ.get("CHROMIUM", "chromium"), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who asks for the browser is a browser test. They run in a process of their own (`make test`): the browser's event
    loop stays in its thread, and code that starts one of its own would refuse to work beside it.
    """
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = sum(NO_CHROMIUM in str(report.longrepr) for report in terminalreporter.stats.get("skipped", []))
    if skipped:
        terminalreporter.write_line(f"!!! {skipped} BROWSER TESTS WERE SKIPPED: {NO_CHROMIUM}", red=True, bold=True)


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The application on a real socket: its address, without a slash at the end."""
    from django.conf import settings
    from django.test.testcases import LiveServerThread

    from alarmdesk.lib import font

    with taking_turns():
        font.build(settings.VAR / "font")
    server = LiveServerThread("localhost", static_handler=lambda handler: handler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    settings.SITE_URL = f"http://localhost:{server.port}"
    yield settings.SITE_URL
    server.terminate()


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    program = chromium()
    if program is None:
        pytest.skip(NO_CHROMIUM)
    from playwright.sync_api import sync_playwright

    # Playwright's own event loop lives in this thread; Django takes that for asynchronous code and would refuse queries
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        options = ["--disable-dev-shm-usage"] + (["--no-sandbox"] if os.geteuid() == 0 else [])
        browser = playwright.chromium.launch(executable_path=program, args=options)
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: "Browser", site: str) -> Iterator[Callable[..., "Page"]]:
    """Opens pages, each in a session of its own: `new_page(width=390, height=844, dark=True)`."""
    troubles: list[str] = []
    contexts = []

    def open_page(
        *,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        javascript: bool = True,
        zone: str = "America/Denver",
    ) -> "Page":
        context = browser.new_context(
            base_url=site,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=javascript,
            locale="en-US",
            timezone_id=zone,
            reduced_motion="reduce",  # a dialog that is still fading in has the contrast of a ghost
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        listen(page, troubles)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not troubles, "The browser complained:\n" + "\n".join(troubles)


def listen(page: "Page", troubles: list[str]) -> None:
    """From now on, what the page complains of is added to the list."""

    def on_console(message: "ConsoleMessage") -> None:
        # the browser's own line for an answer of 4xx: answers are judged below, a form may say 422
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            troubles.append(f"console on {page.url}: {message.text}")

    def on_response(response: "Response") -> None:
        missing = response.status == 404 and response.request.resource_type != "document"
        if response.status >= 500 or missing:
            troubles.append(f"{response.status} for {response.url}")

    page.on("console", on_console)
    page.on("response", on_response)
    page.on("pageerror", lambda error: troubles.append(f"script on {page.url}: {error}"))


@pytest.fixture
def page(new_page: Callable[..., "Page"], request: pytest.FixtureRequest) -> "Page":
    """One page of 1440 x 900, or of what `@pytest.mark.viewport(width, height)` says."""
    marker = request.node.get_closest_marker("viewport")
    width, height = marker.args if marker else (1440, 900)
    return new_page(width=width, height=height)


@pytest.fixture
def eye_of(browser: "Browser", site: str) -> Iterator[Callable[..., "Eye"]]:
    """Opens eyes: `eye_of(client)` looks at pages as the one who has signed in there, `eye_of()` as nobody."""
    from tests.house.looking import Eye

    eyes: list[Eye] = []

    def open_eye(client: "Client | None" = None) -> "Eye":
        eyes.append(Eye(browser, site, client))
        return eyes[-1]

    yield open_eye
    for eye in eyes:
        eye.close()


@pytest.fixture(scope="session")
def axe() -> Callable[["Page"], None]:
    """`axe(page)` fails with the list of what axe-core finds wrong with the page as it stands."""
    from tests.house.looking import EVERYTHING, violations

    def check(page: "Page") -> None:
        told = violations(page, EVERYTHING)
        assert not told, f"axe-core on {page.url}:\n" + "\n".join(told)

    return check
