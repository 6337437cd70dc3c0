"""Which tickets wait for me, and which for the team (F24)? Filters are in the address, and kept under a name."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, QueryDict
from django.views.decorators.http import require_POST

from alarmdesk.company.addresses import at
from alarmdesk.company.entering import acting, entered
from alarmdesk.company.marks import StaffRequest, staff
from alarmdesk.company.models import User
from alarmdesk.company.settings_pages import sent
from alarmdesk.customers import ticketing
from alarmdesk.customers.models import Ticket
from alarmdesk.customers.permissions import tickets
from alarmdesk.lib import clock
from alarmdesk.lib.lists import Bulk, Chip, Column, Empty, Listing, Rows
from alarmdesk.lib.pages import go, show_form
from alarmdesk.office.ticketing.filters import ASKED, filters_of
from alarmdesk.office.ticketing.forms import ManyForm, staff_now
from alarmdesk.office.ticketing.views.tickets import tell, visible

STATES = (("", "Open and waiting"), ("open", "Open"), ("waiting", "Waiting"), ("done", "Done"), ("all", "All"))
OURS = ("tickets:list", "tickets:mine")


def _late(rows: Rows) -> Rows:
    return ticketing.overdue(rows, entered().local_date(clock.now()))


class TicketList(Listing):
    """A queue of tickets: what is due first stands first."""

    name, title = "tickets", "Tickets"
    row = "office/tickets/row.html"
    search_label = "Number, text or customer"
    default_sort = "due_on"
    columns = (
        Column("Ticket", "number"), Column("For", "assignee__name"), Column("Priority", "priority"),
        Column("Due", "due_on"), Column("State"),
    )  # fmt: skip
    chips = (
        Chip("overdue", "Overdue", _late),
        Chip("high", "High priority", lambda rows: rows.filter(priority=Ticket.Priority.HIGH)),
        Chip("nobody", "For nobody", lambda rows: rows.filter(assignee=None)),
    )

    def __init__(
        self, request: StaffRequest, *, bulk: Sequence[Bulk] = (), empty: Empty | None = None,
        values: QueryDict | None = None, is_mine: bool = False,
    ) -> None:  # fmt: skip
        """`values`: what is asked for, where it is not the request's own address. `is_mine`: the person's own only."""
        asked = request.GET if values is None else values
        self.stand = next((code for code, _ in STATES if code == asked.get("state", "")), "")
        self.priority = next((one for one in Ticket.Priority if str(one.value) == asked.get("priority")), None)
        self.is_mine = is_mine
        self.assignee = "" if is_mine else asked.get("assignee", "")
        self.today = request.company.local_date(clock.now())
        rows = visible(request)
        if is_mine:
            rows = rows.filter(assignee=request.user)
        super().__init__(request, self._kept(rows), bulk=bulk, empty=empty, actions="office/tickets/filters.html")
        self.values = asked

    def _kept(self, rows: Rows) -> Rows:
        if self.stand == "done":
            rows = rows.exclude(done_at=None)
        elif self.stand != "all":
            rows = rows.filter(done_at=None)
        if self.stand in ("open", "waiting"):
            rows = rows.filter(waiting_at__isnull=self.stand == "open")
        if self.priority is not None:
            rows = rows.filter(priority=self.priority)
        if self.assignee.isascii() and self.assignee.isdecimal() and len(self.assignee) < 18:
            rows = rows.filter(assignee=int(self.assignee))
        return rows

    def search(self, rows: Rows, words: str) -> Rows:
        return ticketing.found(rows, words)

    @property
    def states(self) -> list[tuple[str, str, bool]]:
        return [(code, label, code == self.stand) for code, label in STATES]

    @property
    def priorities(self) -> list[tuple[int, str, bool]]:
        return [(one.value, one.label, one is self.priority) for one in Ticket.Priority]

    @property
    def assignees(self) -> list[tuple[User, bool]]:
        """Who works here, each with whether their tickets are shown; nobody to choose in one's own queue."""
        return [] if self.is_mine else [(user, str(user.pk) == self.assignee) for user in staff_now()]

    @property
    def asked(self) -> str:
        """The address's filters, as they are kept under a name."""
        kept = QueryDict(mutable=True)
        for name in ASKED:
            if value := self.values.get(name):
                kept[name] = value
        return kept.urlencode()

    @property
    def matching_query(self) -> str:
        return self.asked

    @property
    def is_bare(self) -> bool:
        return super().is_bare and not self.asked

    def url(self, **changes: Any) -> str:
        """As ever, and "Show all" leaves the other filters too."""
        if changes == {"q": "", "show": ""}:
            changes |= {"state": "", "priority": "", "assignee": ""}
        return super().url(**changes)

    @classmethod
    def chosen_of(cls, request: StaffRequest, *, is_mine: bool) -> Rows:
        """What a bulk action means: the ticked ones, or all that match the queue that it came from."""
        given = request.POST if request.method == "POST" else request.GET
        if given.get("all") != "1":
            ids = [text for text in given.getlist("ids") if text.isascii() and text.isdecimal() and len(text) < 18]
            return visible(request).filter(pk__in=ids)
        return cls(request, values=QueryDict(given.get("matching", "")), is_mine=is_mine).matching


def _queue(request: StaffRequest, *, is_mine: bool) -> HttpResponse:
    which = "_mine" if is_mine else ""
    bulk = []
    if request.may(tickets.modify):
        bulk = [Bulk("Change", at(f"tickets:assign{which}"), "user-pen", dialog=True),
                Bulk("Close", at(f"tickets:close{which}_many"), "check")]  # fmt: skip
    empty = Empty("Nothing to do", "A note on a customer becomes a ticket when somebody is to do something.", "inbox")
    listing = TicketList(request, bulk=bulk, empty=empty, is_mine=is_mine)
    saved = [] if is_mine else filters_of(request.user, request.company, shown=listing.asked)
    context = {"saved": saved, "is_mine": is_mine, "asked": listing.asked}
    return listing.answer("office/tickets/queue.html", context)


@staff(may=tickets.view)
def everybodys(request: StaffRequest) -> HttpResponse:
    """The team's queue of tickets, with filters that can be kept."""
    return _queue(request, is_mine=False)


@staff(may=tickets.view)
def mine(request: StaffRequest) -> HttpResponse:
    """My tickets."""
    return _queue(request, is_mine=True)


@staff(may=tickets.modify)
def assign(request: StaffRequest) -> HttpResponse:
    """Give many tickets to somebody, another day or priority."""
    return _assign(request, is_mine=False)


@staff(may=tickets.modify)
def assign_mine(request: StaffRequest) -> HttpResponse:
    """Give many of my tickets to somebody, another day or priority."""
    return _assign(request, is_mine=True)


def _assign(request: StaffRequest, *, is_mine: bool) -> HttpResponse:
    rows = TicketList.chosen_of(request, is_mine=is_mine)
    back = at(OURS[is_mine])
    form = ManyForm(sent(request))
    if form.is_bound and form.is_valid():
        if changes := form.changes():
            done = ticketing.change_tickets(list(rows), changes)
            return go(request, back, tell(request, done, _summary(done, "changed")))
        form.add_error(None, "Nothing was said. Choose what is to change.")
    given = request.POST if request.method == "POST" else request.GET
    chosen = [("ids", pk) for pk in given.getlist("ids")]
    if given.get("all") == "1":
        chosen = [("all", "1"), ("matching", given.get("matching", ""))]
    context = {"form": form, "chosen": chosen, "count": rows.count(), "back": back}
    return show_form(request, "office/tickets/many.html", context, invalid=form.is_bound)


@staff(may=tickets.modify)
def close(request: StaffRequest) -> HttpResponse:
    """Many tickets are done."""
    return require_POST(_close)(request, is_mine=False)


@staff(may=tickets.modify)
def close_mine(request: StaffRequest) -> HttpResponse:
    """Many of my tickets are done."""
    return require_POST(_close)(request, is_mine=True)


def _close(request: StaffRequest, *, is_mine: bool) -> HttpResponse:
    rows = list(TicketList.chosen_of(request, is_mine=is_mine))
    done = ticketing.close_tickets(rows, at=clock.now(), by=acting().name)
    return go(request, at(OURS[is_mine]), _summary(done, "closed"))


def _summary(done: ticketing.Done, verb: str) -> str:
    """Of how many tickets what became of them, and which were left as they were."""
    count = len(done.changed)
    said = f"{count:,} {'ticket' if count == 1 else 'tickets'} {verb}."
    if done.left:
        names = ", ".join(f"{ticket} ({ticket.state})" for ticket in done.left[:5])
        more = f" and {len(done.left) - 5:,} more" if len(done.left) > 5 else ""
        said += f" Left as they were: {names}{more}."
    return said
