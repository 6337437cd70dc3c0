"""Where does Ctrl+K lead? To whatever the rooms let people find, to the pages, and to where somebody was lately."""

from django.http import HttpResponse

from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.lib.pages import is_htmx, show
from alarmdesk.office.palette import ON_A_PAGE, SHOWN, groups

LONGEST = 200


@staff(may=None)
def search(request: StaffRequest) -> HttpResponse:
    """What the words lead to, as the palette's list or (without JavaScript) as a page."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
    if is_htmx(request):
        context = {"q": words, "groups": groups(request, words, most=SHOWN)}
        return show(request, "pieces/palette_results.html", context)
    return show(request, "office/search.html", {"q": words, "groups": groups(request, words, most=ON_A_PAGE)})
