"""How is a page looked at? Loaded once, then seen on a desk and on a phone, in the light and in the dark."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from django.conf import settings
from playwright.sync_api import Error

from tests.house.browser import listen

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Browser, Page, Response

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESK, PHONE = (1440, 900), (390, 844)
# width and height, whether dark: what changes between two looks of one width is colour
LOOKS = ((DESK, False), (DESK, True), (PHONE, True), (PHONE, False))
BRIEFLY = (LOOKS[0], LOOKS[2])
# around every page the same: its other theme is judged by a test of its own; and a long table repeats its colours
REPEATED = [".sidebar", ".settings-nav", "tbody tr:nth-child(n+5)", ".timeline > li:nth-child(n+5)"]
VERB = 405
# the gateway's frames are not ours to judge
QUICK = {"resultTypes": ["violations"], "preload": False, "iframes": False}
COLOURS = ["color-contrast", "link-in-text-block"]
# colours are judged when they have arrived
AXE = """([options, exclude]) => {
  document.getAnimations().forEach(animation => animation.finish());
  return axe.run({ exclude }, options).then(found => found.violations);
}"""


@cache
def axe_source() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text()


class Eye:
    """One page of a browser in which somebody has signed in (or nobody), and what it complained of."""

    def __init__(self, browser: "Browser", site: str, client: "Client | None" = None) -> None:
        self.context = browser.new_context(base_url=site, locale="en-US")
        self.context.set_default_timeout(10_000)
        if client is not None:
            name = settings.SESSION_COOKIE_NAME
            self.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])
        self.context.add_init_script(axe_source())
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

    def judge(self, what: str, looks: Sequence[tuple[tuple[int, int], bool]] = LOOKS) -> None:
        """Look at what stands there; all is judged in the first look of each width, colours in the second."""
        found = []
        width = None
        for size, dark in looks:
            self._stand(size, dark)
            is_new, width = size != width, size
            where = f"{what}, {size[0]} px, {'dark' if dark else 'light'}"
            found += [f"{where}: {told}" for told in self._axe(whole=is_new)]
            if is_new and (wide := self._sideways()) > 0:
                found.append(f"{where}: {wide} px wider than the screen")
        assert found + self.troubles == [], "\n".join(found + self.troubles)

    def _stand(self, size: tuple[int, int], dark: bool) -> None:
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.emulate_media(color_scheme="dark" if dark else "light")

    def _axe(self, *, whole: bool) -> list[str]:
        rules = {"type": "tag", "values": TAGS} if whole else {"type": "rule", "values": COLOURS}
        exclude = [] if whole else REPEATED
        violations: list[dict[str, Any]] = self.page.evaluate(AXE, [{"runOnly": rules, **QUICK}, exclude])
        return [
            f"{one['id']}: {one['help']}: " + "; ".join(str(node["html"])[:200] for node in one["nodes"][:3])
            for one in violations
        ]

    def _sideways(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def close(self) -> None:
        self.context.close()
