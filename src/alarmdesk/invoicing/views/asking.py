"""How does the office ask before an act that the rules may still refuse?"""

from collections.abc import Callable

from django.http import HttpResponse

from alarmdesk.company.marks import StaffRequest
from alarmdesk.lib.pages import Confirm, go, show_confirm


def confirmed(
    request: StaffRequest,
    do: Callable[[], None],
    *,
    title: str,
    says: str,
    action: str,
    back: str,
    done: tuple[str, str],
) -> HttpResponse:
    """Ask, then act; what the rules refuse is said on the same page. `done`: where to go then, and the toast."""
    form = Confirm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            do()
        except ValueError as refused:
            form.add_error(None, str(refused))
        else:
            return go(request, *done)
    return show_confirm(request, form, title=title, says=says, action=action, back=back)
