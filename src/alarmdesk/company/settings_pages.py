"""How does a settings page add, change and delete one small thing? A form, a question, and what the rules refuse.

A room describes each kind of row once (`Setting`) and gets the three views from it. Nobody loses what somebody else
wrote meanwhile (lib/versions.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.forms import BaseForm, ModelForm
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from alarmdesk.company.addresses import at
from alarmdesk.company.authors import last_author, of_row
from alarmdesk.company.marks import StaffRequest, View, staff
from alarmdesk.company.models import Company
from alarmdesk.company.permissions import Grant
from alarmdesk.lib.pages import Confirm, go, show_confirm, show_form
from alarmdesk.lib.versions import Version

FORM = "pieces/setting_form.html"


@dataclass(frozen=True, slots=True)
class Setting:
    """A kind of row of a room's settings. Its pages are called `code`, `code_new`, `code_delete` below `room`; the list
    that they lead back to is `page`.

    `rows` is how the company calls them; `beside` the field at which a refusal stands; `asked` a field that the address
    may fill in. In the sentences {name} is the row's own, and `gone` says what deleting it does.
    """

    room: str
    code: str
    page: str
    rows: str
    may: Grant
    form: type[ModelForm]  # type: ignore[type-arg]
    save: Callable[[Any], None]
    delete: Callable[[Any], None]
    beside: str
    new: str
    added: str
    saved: str
    gone: Callable[[Any], str]
    title: str = "{name}"
    asked: str = ""

    def of(self, company: Company) -> Any:
        """The company's rows."""
        return getattr(company, self.rows).all()


def adding(setting: Setting) -> View:
    """The page on which one more is written. What the address names of it is filled in."""

    @staff(may=setting.may)
    def add(request: StaffRequest) -> HttpResponse:
        row = setting.form._meta.model()
        initial = {setting.asked: request.GET.get(setting.asked, "")} if setting.asked else None
        form = setting.form(sent(request), instance=row, initial=initial)
        return form_page(
            request, form, lambda: setting.save(row),
            title=setting.new, back=at(setting.page), done=setting.added, beside=setting.beside,
        )  # fmt: skip

    return add


def changing(setting: Setting) -> View:
    """The page on which one is changed."""

    @staff(may=setting.may)
    def change(request: StaffRequest, pk: int) -> HttpResponse:
        rows = setting.of(request.company)
        row = get_object_or_404(rows.select_for_update(no_key=True) if request.method == "POST" else rows, pk=pk)
        version = Version({"": setting.form(instance=row)}, request.POST)
        if version.changes:
            version.by = last_author(of_row(row._meta.db_table, pk))
        title = setting.title.format(name=row)  # before the form writes into the row what was typed
        return form_page(
            request, setting.form(sent(request), instance=row), lambda: setting.save(row),
            title=title, back=at(setting.page), done=lambda: setting.saved.format(name=row), beside=setting.beside,
            version=version, delete_url=at(f"{setting.room}:{setting.code}_delete", pk=pk),
        )  # fmt: skip

    return change


def deleting(setting: Setting) -> View:
    """The question whether one is to go."""

    @staff(may=setting.may)
    def delete(request: StaffRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(setting.of(request.company), pk=pk)
        back = at(setting.page)
        return confirmed(
            request, lambda: setting.delete(row),
            title=f"Delete {row}", says=setting.gone(row), action="Delete", back=back,
            done=(back, f"{row} is deleted."),
        )  # fmt: skip

    return delete


def form_page(
    request: StaffRequest,
    form: BaseForm,
    save: Callable[[], None],
    *,
    title: str,
    back: str,
    done: str | Callable[[], str],
    beside: str | None = None,
    delete_url: str = "",
    version: Version | None = None,
    template: str = FORM,
    **also: Any,
) -> HttpResponse:
    """One small form, shown or saved. `beside`: the field at which a refusal of the rules stands; `done` is said
    once it is saved; `also` goes to the template.
    """
    is_overtaken = version is not None and version.is_overtaken
    if request.method == "POST" and form.is_valid() and not is_overtaken:
        try:
            save()
        except ValueError as refused:
            form.add_error(beside, str(refused))
        else:
            return go(request, back, done if isinstance(done, str) else done())
    context = {"form": form, "title": title, "back": back, "delete_url": delete_url, "version": version, **also}
    return show_form(request, template, context, invalid=form.is_bound)


def confirmed(
    request: StaffRequest, do: Callable[[], None], *, title: str, says: str, action: str, back: str,
    done: tuple[str, str],
) -> HttpResponse:  # fmt: skip
    """Ask, then act; what the rules refuse is said on the same page. `done`: where to go then, and the toast."""
    form = Confirm(sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            do()
        except ValueError as refused:
            form.add_error(None, str(refused))
        else:
            return go(request, *done)
    return show_confirm(request, form, title=title, says=says, action=action, back=back)


def sent(request: StaffRequest) -> Any:
    """What a form is bound to: the POST, or nothing."""
    return request.POST if request.method == "POST" else None
