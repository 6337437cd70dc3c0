"""How does a company put its mails into its own words? Letter by letter, with a preview, and back to ours."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.authors import last_author, of_row
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.invoicing.forms.mail_texts import SenderForm, TextForm
from alarmdesk.invoicing.permissions import billing_admin
from alarmdesk.invoicing.views.settings import form_page, sent
from alarmdesk.lib.pages import go, show, show_form
from alarmdesk.lib.versions import Version
from alarmdesk.messaging.catalogue import LETTERS
from alarmdesk.messaging.models import MailSender, MailText
from alarmdesk.messaging.texts import Letter, Wording


@staff(may=billing_admin.view)
def mail_texts(request: StaffRequest) -> HttpResponse:
    """Every kind of letter, and whose words it has."""
    own = set(request.company.mail_texts.values_list("letter", flat=True))
    context = {
        "letters": [(letter, letter.code in own) for letter in LETTERS.values()],
        "sender": request.company.mail_senders.first(),
        "own": request.company,
    }
    return show(request, "invoicing/settings/mail_texts.html", context)


@staff(may=billing_admin.modify)
def mail_text(request: StaffRequest, letter: str) -> HttpResponse:
    """The words of one kind of letter: saved, or only looked at."""
    kind = _letter(letter)
    rows = request.company.mail_texts.filter(letter=letter)
    # two who open our words at once have no row to lock: the company's own row stands in
    if request.method == "POST":
        type(request.company).objects.select_for_update(no_key=True).only("pk").get(pk=request.company.pk)
    own = rows.first()
    row = own or MailText(letter=letter, subject=kind.subject, body=kind.body)
    version = Version({"": TextForm(instance=row, letter=kind)}, request.POST)
    if version.changes and own is not None:
        version.by = last_author(of_row("messaging_mailtext", own.pk))
    shown = Wording(kind, row.subject, row.body)
    form = TextForm(sent(request), instance=row, letter=kind)
    is_look = "preview" in request.POST
    if request.method == "POST" and form.is_valid():
        shown = Wording(kind, form.cleaned_data["subject"], form.cleaned_data["body"])
        if not is_look and not version.is_overtaken:
            form.save()
            return go(request, at("invoicing:mail_texts"), f"The words of the letter “{kind.label}” are saved.")
    context = {
        "form": form, "letter": kind, "is_own": own is not None, "version": version,
        "preview": shown.write(kind.samples),
    }  # fmt: skip
    return show_form(request, "invoicing/settings/mail_text.html", context, invalid=form.is_bound and not is_look)


@staff(may=billing_admin.modify)
def mail_text_reset(request: StaffRequest, letter: str) -> HttpResponse:
    """Back to our words for one kind of letter."""
    return require_POST(_reset)(request, letter)


def _reset(request: StaffRequest, letter: str) -> HttpResponse:
    kind = _letter(letter)
    request.company.mail_texts.filter(letter=letter).delete()
    return go(request, at("invoicing:mail_texts"), f"The letter “{kind.label}” has its first words again.")


@staff(may=billing_admin.modify)
def mail_sender(request: StaffRequest) -> HttpResponse:
    """Under which name the mails leave, and where answers go."""
    if request.method == "POST":
        type(request.company).objects.select_for_update(no_key=True).only("pk").get(pk=request.company.pk)
    row = request.company.mail_senders.first() or MailSender()
    version = Version({"": SenderForm(instance=row)}, request.POST)
    if version.changes and row.pk:
        version.by = last_author(of_row("messaging_mailsender", row.pk))
    form = SenderForm(sent(request), instance=row)
    return form_page(
        request, form, lambda: form.save() and None,
        title="Sender of mails", back=at("invoicing:mail_texts"), done="The sender is saved.", version=version,
    )  # fmt: skip


def _letter(code: str) -> Letter:
    if code not in LETTERS:
        raise Http404
    return LETTERS[code]
