"""How is a page looked at? Loaded once, then seen on a desk and on a phone, in the light and in the dark."""

import os
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from playwright.sync_api import Error

from tests.house.browser import listen

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Browser, Page, Response

EVERYTHING = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
DESK, PHONE = (1440, 900), (390, 844)
# width and height, whether dark
LOOKS = ((DESK, False), (DESK, True), (PHONE, True), (PHONE, False))
BRIEFLY = (LOOKS[0], LOOKS[2])
# around every page the same: its other theme is judged by a test of its own; and a long table repeats its colours
REPEATED = [".sidebar", ".settings-nav", "tbody tr:nth-child(n+5)", ".timeline > li:nth-child(n+5)"]
VERB = 405
Look = tuple[tuple[int, int], bool]
# the gateway's frames are not ours to judge
QUICK = {"resultTypes": ["violations"], "preload": False, "iframes": False}
# colours are judged when they have arrived
AXE = """([options, include, exclude]) => {
  document.getAnimations().forEach(animation => animation.finish());
  return axe.run({ include, exclude }, options).then(found => found.violations);
}"""


@cache
def axe_source() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text()


def violations(page: "Page", rules: dict[str, Any], within: str = "html", exclude: Sequence[str] = ()) -> list[str]:
    """What axe-core finds wrong with the page as it stands; a document gets axe once, however often it is judged."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(axe_source())
    found: list[dict[str, Any]] = page.evaluate(AXE, [{"runOnly": rules, **QUICK}, within, list(exclude)])
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: "
        + "; ".join(str(node["html"])[:200] for node in one["nodes"][:3])
        for one in found
    ]


def sideways(page: "Page") -> int:
    """How many px the page is wider than its screen."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


class Eye:
    """One page of a browser in which somebody has signed in (or nobody), and what it complained of."""

    def __init__(self, browser: "Browser", site: str, client: "Client | None" = None) -> None:
        self.context = browser.new_context(base_url=site, locale="en-US")
        self.context.set_default_timeout(10_000)
        if client is not None:
            name = settings.SESSION_COOKIE_NAME
            self.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])
        self.troubles: list[str] = []
        self.page: Page = self.context.new_page()
        listen(self.page, self.troubles)
        self.page.on("response", self._keep)

    def open(self, path: str, status: int = 200) -> bool:
        """Go there, on a desk in the light; False where a GET shows no page of its own: a verb, or a way on."""
        self.troubles.clear()
        self._stand(*LOOKS[0])
        try:
            self.page.goto(path, wait_until="load")
        except Error as failure:  # a refusal without a word in it
            if "ERR_HTTP_RESPONSE_CODE_FAILURE" not in str(failure):
                raise
        if self.answer.request.redirected_from or self.answer.status == VERB:
            return False
        assert self.answer.status == status, f"{path} answered {self.answer.status}"
        return True

    def _keep(self, answer: "Response") -> None:
        if answer.frame == self.page.main_frame and answer.request.is_navigation_request():
            self.answer = answer

    def judge(self, what: str, looks: Sequence[Look] = LOOKS, within: str = "html") -> None:
        """Look at what stands there; all is judged in the first look of each width, colours in the second; what every
        page repeats, in the first look only.
        """
        found = []
        width = None
        for size, dark in looks:
            self._stand(size, dark)
            rules, exclude = COLOURS if size == width else EVERYTHING, REPEATED if width else ()
            where = f"{what}, {size[0]} px, {'dark' if dark else 'light'}"
            found += [f"{where}: {told}" for told in violations(self.page, rules, within, exclude)]
            if size != width and (wide := sideways(self.page)) > 0:
                found.append(f"{where}: {wide} px wider than the screen")
            self._picture(where)
            width = size
        assert found + self.troubles == [], "\n".join(found + self.troubles)

    def _stand(self, size: tuple[int, int], dark: bool) -> None:
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.emulate_media(color_scheme="dark" if dark else "light")

    def _picture(self, name: str) -> None:
        """Left in the folder that SCREENSHOTS names, for people to look at."""
        if folder := os.environ.get("SCREENSHOTS"):
            self.page.screenshot(path=Path(folder, f"{name}.png"), full_page=True)

    def close(self) -> None:
        self.context.close()
