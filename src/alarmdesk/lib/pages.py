"""How does a view answer: a whole page, a dialog, or "saved, go there"? (forms need no JavaScript)"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from alarmdesk.lib.amounts import NotANumber, read
from alarmdesk.lib.furniture import money

DIALOG = "dialog-body"
UNPROCESSABLE = 422


def is_htmx(request: HttpRequest, target: str = "") -> bool:
    """Whether htmx asked, and (if given) for the element with this id."""
    htmx = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and target in {"", htmx.target}


def show(request: HttpRequest, template: str, context: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    """A page, or a named partial of one ("room/page.html#rows"). Caches keep parts and pages apart."""
    answer = render(request, template, context, status=status)
    patch_vary_headers(answer, ["HX-Request", "HX-Target"])
    return answer


def show_form(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, invalid: bool = False
) -> HttpResponse:
    """The form's page; asked for by a dialog, only the template's partial `form`. Status 422 when `invalid`."""
    values = {**(context or {}), "is_invalid": invalid, "in_dialog": is_htmx(request, DIALOG)}
    status = UNPROCESSABLE if invalid else 200
    if not values["in_dialog"]:
        return show(request, template, values, status)
    answer = show(request, f"{template}#form", values, status)
    # after the swap: an event that fires before it would open yesterday's dialog
    answer["HX-Trigger-After-Swap"] = "dialog:open"
    return answer


def go(request: HttpRequest, url: str, message: str = "", undo: str | None = None) -> HttpResponse:
    """The answer to a POST that did its work: leave for `url`, where a toast says `message`.

    With `undo` (a url) the toast has an Undo button that POSTs there.
    """
    if message:
        messages.success(request, message, extra_tags=f"undo:{undo}" if undo else "")
    if is_htmx(request):
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = url
        return answer
    return HttpResponseRedirect(url)


class Confirm(forms.Form):
    """Whether the person means it. With `amount`, the sum must be typed (to the cent) before anything happens."""

    typed = forms.CharField(label="Amount")

    def __init__(self, *args: Any, amount: Decimal | None = None, **kwargs: Any) -> None:
        """`amount`: the sum in the company's currency that must be repeated; None asks for no typing."""
        super().__init__(*args, **kwargs)
        self.amount = amount
        if amount is None:
            del self.fields["typed"]
            return
        shown = money(amount).lstrip("$")
        self.fields["typed"].label = f"Type {shown} to confirm"
        self.fields["typed"].widget.attrs.update(
            {"inputmode": "decimal", "autocomplete": "off", "data-must-equal": f"{amount:.2f}"}
        )

    def clean_typed(self) -> str:
        """Refuses any other number than the amount."""
        typed: str = self.cleaned_data["typed"]
        try:
            same = read(typed) == self.amount
        except NotANumber:
            same = False
        if not same:
            raise forms.ValidationError(f"Type {money(self.amount).lstrip('$')} exactly.")
        return typed


def show_confirm(
    request: HttpRequest,
    form: Confirm,
    *,
    title: str,
    says: str,
    action: str,
    back: str,
    danger: bool = True,
    frame: str = "frames/office.html",
) -> HttpResponse:
    """Ask before an act that cannot be undone. `form` is a `Confirm`, bound on POST.

    `says` tells what will happen, `action` is the button's verb ("Refund"), `back` the url of Cancel.
    """
    context = {
        "form": form,
        "confirm": {"title": title, "says": says, "action": action, "back": back, "danger": danger},
        "confirm_frame": frame,
    }
    return show_form(request, "pieces/confirm.html", context, invalid=form.is_bound and not form.is_valid())


def ask_first(
    request: HttpRequest,
    act: Callable[[], str],
    *,
    refusals: type[Exception] | tuple[type[Exception], ...] = (),
    title: str,
    says: str,
    action: str,
    back: str,
    frame: str = "frames/office.html",
) -> HttpResponse:
    """Say what will happen, and do it once it is meant: `act` does it and answers the sentence that `back` shows then.
    One of `refusals` comes back on the same page, in its own words.
    """
    form = Confirm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            return go(request, back, act())
        except refusals as refused:
            form.add_error(None, str(refused))
    return show_confirm(request, form, title=title, says=says, action=action, back=back, frame=frame)
