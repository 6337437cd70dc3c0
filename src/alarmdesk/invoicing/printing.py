"""How are many documents printed at once? In the background, a hundred at a time: read, laid out, written to a file on
disk, which is kept in pieces in the database for three days.

Neither the number of documents nor the size of the file is ever in memory. A run that was killed begins again; one that
is cancelled stops before its next hundred.
"""

import datetime as dt
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, Any

from django.db.models import QuerySet

from alarmdesk.company import runs
from alarmdesk.company.entering import SYSTEM, Actor, inside
from alarmdesk.company.letterhead import Sender, sender_of
from alarmdesk.company.models import Company, Run
from alarmdesk.invoicing.documents import file_name, paper_of, pdf, with_document
from alarmdesk.invoicing.merging import Merging
from alarmdesk.invoicing.models import Invoice, Printout, PrintoutPiece
from alarmdesk.invoicing.paper import MOST_AT_ONCE, render_many
from alarmdesk.invoicing.paying import invoice_links
from alarmdesk.invoicing.queries import owing, paid_in_full, past_due

Now = Callable[[], dt.datetime]
Batch = list[tuple[Invoice, str]]
MOST = 20_000
PIECE = 512 * 1024
KEPT_FOR = dt.timedelta(days=3)
UNDER_WAY = (Run.State.WAITING, Run.State.RUNNING)


class NothingToPrint(ValueError):
    """No document is among those that were asked for."""


class TooMany(ValueError):
    """More documents than one file takes."""


class Over(ValueError):
    """The print run has ended already."""


def chosen(printout: Printout, *, today: dt.date) -> QuerySet[Invoice, Any]:
    """The documents that a print run is about: those issued before it was asked for."""
    rows: QuerySet[Invoice, Any] = printout.company.invoices.filter(issued_at__lte=printout.created_at)
    if printout.type:
        rows = rows.filter(type=printout.type)
    if printout.from_on:
        rows = rows.filter(sale_on__gte=printout.from_on)
    if printout.to_on:
        rows = rows.filter(sale_on__lte=printout.to_on)
    if printout.customer_id:
        rows = rows.filter(customer=printout.customer_id)
    match Printout.Standing(printout.standing):
        case Printout.Standing.OWING:
            return owing(rows)
        case Printout.Standing.PAST_DUE:
            return past_due(rows, today)
        case Printout.Standing.PAID:
            return paid_in_full(rows)
        case Printout.Standing.VOID:
            return rows.filter(voided_at__isnull=False)
        case _:
            return rows.filter(voided_at=None)


def ask(printout: Printout, *, at: dt.datetime, by: str) -> Printout:
    """Let documents be printed, with a run that waits for a worker. Raises NothingToPrint, TooMany."""
    printout.created_at, printout.created_by = at, by
    today = printout.company.local_date(at)
    count = chosen(printout, today=today).count()
    if not count:
        raise NothingToPrint("No document is among these. Choose other days or another state.")
    if count > MOST:
        raise TooMany(f"These are {count:,} documents; one file takes {MOST:,}. Choose fewer days.")
    printout.run = runs.open_run(kind=Run.Kind.PRINT, on=today, at=at, started_by=by)
    printout.save(force_insert=True)
    return printout


def cancel(printout: Printout, *, at: dt.datetime, by: str) -> None:
    """Stop a print run; what it has made is thrown away. Raises Over."""
    held = Printout.objects.select_related("run").select_for_update(of=("self",)).get(pk=printout.pk)
    if held.cancelled_at or held.run.state not in UNDER_WAY:
        raise Over("This print run has ended already.")
    held.cancelled_at, held.cancelled_by = at, by
    held.save(update_fields=["cancelled_at", "cancelled_by"])
    runs.cancel(held.run, at=at)


def print_out(company: Company, printout_id: int, *, now: Now, actor: Actor = SYSTEM) -> bool:
    """Make the file of a print run. Answers whether it is there afterwards. Called with no transaction open."""
    with inside(company, actor=actor):
        printout = Printout.objects.select_related("run").get(pk=printout_id)
        if printout.cancelled_at or printout.run.state not in (*UNDER_WAY, Run.State.FAILED):
            return bool(printout.run.state == Run.State.FINISHED)
        runs.start(printout.run, at=now())
        today = company.local_date(printout.created_at)
        count = chosen(printout, today=today).count()
        runs.enter_stage(printout.run, "Printing", count, at=now())
    with tempfile.TemporaryFile() as file:
        write = _write_pdf if printout.form == Printout.Form.PDF else _write_zip
        write(file, company, printout, _batches(company, printout, today, now, actor))
        return _keep(file, company, printout, now, actor)


def _batches(company: Company, printout: Printout, today: dt.date, now: Now, actor: Actor) -> Iterator[Batch]:
    """The documents, MOST_AT_ONCE at a time, each with its pay link; ends early when the run is cancelled."""
    after = 0
    while True:
        with inside(company, actor=actor):
            if Printout.objects.filter(pk=printout.pk, cancelled_at__isnull=False).exists():
                return
            rows = with_document(chosen(printout, today=today)).filter(pk__gt=after).order_by("pk")[:MOST_AT_ONCE]
            invoices = list(rows)
            links = invoice_links(invoices, today=today)
        if not invoices:
            return
        yield [(invoice, links.get(invoice.pk, "")) for invoice in invoices]
        after = invoices[-1].pk
        with inside(company, actor=actor):
            runs.advance(printout.run, len(invoices), at=now())


def _write_pdf(file: IO[bytes], company: Company, printout: Printout, batches: Iterator[Batch]) -> None:
    """One PDF of all, part by part."""
    sender, merging = _sender(company), Merging(file, f"{company.name} {printout.run.on:%Y-%m-%d}")
    for batch in batches:
        papers = [paper_of(invoice, company, pay_url=link) for invoice, link in batch]
        merging.add(render_many(papers, sender, title="Documents", at=printout.created_at))
    merging.close()


def _write_zip(file: IO[bytes], company: Company, printout: Printout, batches: Iterator[Batch]) -> None:
    """A zip with a PDF for each document; they are compressed already."""
    sender = _sender(company)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for batch in batches:
            for invoice, link in batch:
                archive.writestr(file_name(invoice), pdf(invoice, company, sender=sender, pay_url=link))


def _sender(company: Company) -> Sender:
    return sender_of(Company.objects.get(pk=company.pk))  # the company at hand may have left its logo behind


def _keep(file: IO[bytes], company: Company, printout: Printout, now: Now, actor: Actor) -> bool:
    """Put the file into the database, piece by piece; from the last piece on it can be had."""
    with inside(company, actor=actor):
        PrintoutPiece.objects.filter(printout=printout).delete()  # of a try that was killed
    size = file.tell()
    file.seek(0)
    for position, piece in enumerate(iter(lambda: file.read(PIECE), b"")):
        with inside(company, actor=actor):
            PrintoutPiece.objects.create(printout=printout, position=position, content=piece)
    with inside(company, actor=actor):
        held = Printout.objects.select_related("run").select_for_update(of=("self",)).get(pk=printout.pk)
        if held.cancelled_at:
            PrintoutPiece.objects.filter(printout=held).delete()
            return False
        held.size, held.kept_until = size, now() + KEPT_FOR
        held.save(update_fields=["size", "kept_until"])
        runs.finish(held.run, {"documents": held.run.total or 0}, at=now())
    return True


def pieces_of(company: Company, printout: Printout, *, actor: Actor) -> Iterator[bytes]:
    """The file piece by piece, each read in a short transaction of its own."""
    position = 0
    while True:
        with inside(company, actor=actor):
            pieces = PrintoutPiece.objects.filter(printout=printout, position=position)
            piece = pieces.values_list("content", flat=True).first()
        if piece is None:
            return
        yield bytes(piece)
        position += 1


def forget_old(company: Company, *, at: dt.datetime) -> int:
    """Let the files go whose time is over; what was printed, when and by whom stays. Answers how many went."""
    with inside(company):
        over = list(Printout.objects.filter(kept_until__lte=at, size__gt=0).values_list("pk", flat=True))
        PrintoutPiece.objects.filter(printout__in=over).delete()
        return Printout.objects.filter(pk__in=over).update(size=0)
