"""How fast do papers become PDFs, beside the bare compiler and others on the same machine at the same time?

Ours: an invoice of one page with logo, table, pay link and QR code: one by one as a page or a mail asks for it, and in
files of a hundred as a print run makes them. The floor: typst alone, the same template and the same data, written
beforehand. Beside them reportlab and WeasyPrint, a page with the same words, where they are installed. All alternate,
round by round. Then a print run: so many papers into one file, with the memory that it took at most.
"""

import argparse
import atexit
import datetime as dt
import importlib.util
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

AT = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
URL = "https://books.example.com/northgate/pay/WzEsImkiLDEwNDIsMCw3Mzk5MDBd.abcdefghijklmnopqrstuvwxyzABCDEFG/"
SINGLE_TARGET, BULK_TARGET = 120, 400


def main() -> None:
    """Prints a line per round, the medians, and the print run; ends with 1 when a target is asked for and missed."""
    arguments = _arguments()
    os.environ |= {"DJANGO_SETTINGS_MODULE": "alarmdesk.settings", "ALARMDESK_SECRET_KEY": "bench"}
    import django

    django.setup()
    if arguments.print_run:
        print_run(arguments.print_run)
        return
    ways = _ways(arguments)
    for work, _ in ways.values():
        work(-1)  # fonts are read, caches are warm
    told: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for number in range(arguments.rounds):
        for name, (work, count) in ways.items():
            start, cpu = time.perf_counter(), time.process_time()
            work(number)
            told[name].append((count / (time.perf_counter() - start), count / (time.process_time() - cpu)))
        print(
            f"round {number + 1}: " + ", ".join(f"{name} {found[-1][0]:,.0f}/s" for name, found in told.items()),
            flush=True,
        )
    load = os.getloadavg()[0]
    print(f"load {load:.1f} on {os.cpu_count()} processors; documents a second: wall [range], and of processor time")
    medians, processors = {}, {}
    for name, found in told.items():
        wall, processor = (statistics.median(each) for each in zip(*found, strict=True))
        medians[name], processors[name] = wall, processor
        low, high = min(each for each, _ in found), max(each for each, _ in found)
        print(f"  {name:22} {wall:7,.0f} [{low:,.0f}-{high:,.0f}] {processor:7,.0f}")
    for way in ("one by one", "in files"):
        share = processors[f"ours, {way}"] / processors[f"floor, {way}"]
        print(f"  {way}: {share:.0%} of the floor, by processor time")
    for size in arguments.sizes:
        subprocess.run([sys.executable, "-m", "bench.pdf", "--print-run", str(size)], check=True)
    if arguments.check and (medians["ours, one by one"] < SINGLE_TARGET or medians["ours, in files"] < BULK_TARGET):
        raise SystemExit(f"The targets are {SINGLE_TARGET} and {BULK_TARGET} a second.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-pdf", description=__doc__)
    parser.add_argument("--count", type=int, default=100, help="documents of a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000], help="documents of a print run")
    parser.add_argument("--check", action="store_true", help="fail below the targets")
    parser.add_argument("--print-run", type=int, help="(for the bench itself) one print run in this process")
    return parser.parse_args()


def _ways(arguments: argparse.Namespace) -> dict[str, tuple[Callable[[int], None], int]]:
    """What is measured: its name, the work of a round, and how many documents that makes."""
    from alarmdesk.invoicing import paper

    sender, count = _sender(), arguments.count
    floor = _Floor(sender, count, arguments.rounds)

    def one_by_one(number: int) -> None:
        for place in range(count):
            paper.render(invoice(number * count + place), sender, at=AT)

    def in_files(number: int) -> None:
        papers = [invoice(number * count + place) for place in range(count)]
        for start in range(0, count, paper.MOST_AT_ONCE):
            paper.render_many(papers[start : start + paper.MOST_AT_ONCE], sender, title="Invoices", at=AT)

    ways = {
        "ours, one by one": (one_by_one, count),
        "floor, one by one": (floor.one_by_one, count),
        "ours, in files": (in_files, count),
        "floor, in files": (floor.in_files, count),
    }
    few = max(5, count // 10)
    for name, module, draw in (("reportlab", "reportlab", _reportlab), ("WeasyPrint", "weasyprint", _weasyprint)):
        if importlib.util.find_spec(module):
            ways[name] = (lambda number, draw=draw: [draw(number * few + place) for place in range(few)] and None, few)
    return ways


def _sender() -> Any:
    from PIL import Image

    from alarmdesk.company.letterhead import Sender

    picture = io.BytesIO()
    Image.effect_mandelbrot((480, 150), (-2, -1.5, 1, 1.5), 60).convert("RGB").save(picture, "PNG", optimize=True)
    return Sender(
        "Northgate Security", ("12 Main St", "Tulsa, OK 74104", "(918) 555-0142"), "#0b6b40", picture.getvalue()
    )


def invoice(number: int) -> Any:
    """An invoice of three lines, different from all others."""
    from alarmdesk.invoicing.documents import COLUMNS
    from alarmdesk.invoicing.paper import Paper, Receiver, Row, Sum

    cents = f"{number % 100:02d}"
    items = (("Monthly Monitoring Rate", "MMR"), ("Cellular back-up", "CELL"), (f"Service call {number}", "SRV"))
    return Paper(
        title="Invoice",
        number=str(number),
        receiver=Receiver("Bill to", f"Dana {number} Whitfield", (f"{number} E 15th St", "Tulsa, OK 74104")),
        pairs=(("Sale Date", "Nov 21, 2026"), ("Term", "Net 15"), ("Account", f"C-{number}")),
        columns=COLUMNS,
        rows=tuple(Row((words, "1", f"$49.{cents}", "8.517%", f"$49.{cents}"), code) for words, code in items),
        sums=(
            Sum("Sub Total", f"$149.{cents}"), Sum("OK sales tax 8.517%", "$12.76"), Sum("Tax Total", "$12.76"),
            Sum("Grand Total", f"$162.{cents}", strong=True), Sum("Paid", "$0.00"),
            Sum("Due", f"$162.{cents}", strong=True),
        ),
        note=("Thank you for your business.",),
        pay_url=f"{URL}{number}",
    )  # fmt: skip


class _Floor:
    """The compiler alone: data written beforehand, a call for each document or file."""

    def __init__(self, sender: Any, count: int, rounds: int) -> None:
        from alarmdesk.invoicing import paper, press

        self._press = press.Press(press.TEMPLATE)
        atexit.register(self._press.close)
        self._logo = sender.logo
        one, many = {}, {}
        for number in range(-1, rounds):
            base = 1_000_000 + number * count  # nothing that ours have warmed
            papers = [paper._told(invoice(base + place)) for place in range(count)]
            one[number] = [self._data(sender, [each]) for each in papers]
            papers = [paper._told(invoice(2 * base + place)) for place in range(count)]
            parts = range(0, count, paper.MOST_AT_ONCE)
            many[number] = [self._data(sender, papers[start : start + paper.MOST_AT_ONCE]) for start in parts]
        self._one, self._many = one, many

    @staticmethod
    def _data(sender: Any, papers: list[dict[str, Any]]) -> str:
        from alarmdesk.company.letterhead import sender_as_json

        head = f'"title": "Invoice", "counted": false, "sender": {sender_as_json(sender)}'
        return f'{{{head}, "papers": {json.dumps(papers)}}}'

    def one_by_one(self, number: int) -> None:
        self._compile(self._one[number], tags=True)

    def in_files(self, number: int) -> None:
        self._compile(self._many[number], tags=False)

    def _compile(self, data: list[str], *, tags: bool) -> None:
        for each in data:
            self._press.pdf(each, self._logo, 1, tags=tags)


def print_run(count: int) -> None:
    """So many invoices into one file, as invoicing/printing.py makes it, in a process of its own, without database."""
    from alarmdesk.invoicing.merging import Merging
    from alarmdesk.invoicing.paper import MOST_AT_ONCE, render_many

    sender, before = _sender(), _peak()
    start = time.perf_counter()
    with tempfile.TemporaryFile() as file:
        merging = Merging(file, "Invoices")
        for first in range(0, count, MOST_AT_ONCE):
            papers = [invoice(number) for number in range(first, min(first + MOST_AT_ONCE, count))]
            merging.add(render_many(papers, sender, title="Invoices", at=AT))
        merging.close()
        seconds, size = time.perf_counter() - start, file.tell()
    assert merging.pages == count, merging.pages
    print(
        f"a print run of {count:,}: {seconds:.1f} s, {count / seconds:,.0f}/s, one file of {size / 1e6:.1f} MB, "
        f"at most {_peak()} MB of memory ({before} MB before)",
        flush=True,
    )


def _peak() -> int:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _words(number: int) -> list[tuple[str, ...]]:
    return [row.cells for row in invoice(number).rows]


def _reportlab(number: int) -> bytes:
    from reportlab.lib.pagesizes import letter
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

    written = io.BytesIO()
    heads = ["Description", "Quantity", "Unit price", "Tax", "Amount"]
    parts = [Paragraph(f"Invoice {number}"), Table([heads, *_words(number)])]
    parts += [Paragraph(f"{each.label} {each.amount}") for each in invoice(number).sums]
    SimpleDocTemplate(written, pagesize=letter).build(parts)
    return written.getvalue()


def _weasyprint(number: int) -> bytes:
    import weasyprint

    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>" for cells in _words(number))
    sums = "".join(f"<p>{each.label} {each.amount}</p>" for each in invoice(number).sums)
    page: bytes = weasyprint.HTML(string=f"<h1>Invoice {number}</h1><table>{rows}</table>{sums}").write_pdf()
    return page


if __name__ == "__main__":
    main()
