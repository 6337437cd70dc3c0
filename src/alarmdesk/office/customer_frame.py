"""What stands at the head and the side of a customer's page? Name, figures, tabs, cards; only what the group may see.

Each property asks the database at most once, and only when the page draws it.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cached_property, partial
from typing import Any

from django.db.models import Case, Count, F, Min, Prefetch, Q, Sum, When, Window, prefetch_related_objects

from alarmdesk.company.permissions import Grant
from alarmdesk.credit.permissions import credit_of_customers, credit_of_leads
from alarmdesk.credit.queries import Standing, standing_of
from alarmdesk.customers.models import Address, Customer, Tagging
from alarmdesk.customers.permissions import customers, history, leads, tags
from alarmdesk.customers.tagging import on_customer
from alarmdesk.equipment.permissions import equipment
from alarmdesk.invoicing.certificates import to_renew
from alarmdesk.invoicing.models import Invoice, RecurringInvoice
from alarmdesk.invoicing.permissions import billing_admin, invoices, recurring
from alarmdesk.lib.furniture import day, money, phone
from alarmdesk.monitoring.models import System
from alarmdesk.monitoring.permissions import systems
from alarmdesk.monitoring.queries import system_of
from alarmdesk.office.activity import activity
from alarmdesk.office.contracts import Contract, contract, monthly, present
from alarmdesk.office.customer_doors import OF_CUSTOMERS, OF_LEADS, TABS
from alarmdesk.office.doors import door
from alarmdesk.office.page_counts import page_counts
from alarmdesk.office.selling import selling_card
from alarmdesk.office.watched import ZoneEquipment, system_figure, zone_equipment
from alarmdesk.payments.models import AutoPay, BillingMethod
from alarmdesk.payments.permissions import billing_methods, payments
from alarmdesk.payments.queries import GOOD
from alarmdesk.payments.standing import of_payment

STATUS_KINDS = {"active": "ok", "pending": "info", "suspended": "warn", "cancelled": "bad"}
ZERO = Decimal("0.00")
MANY = 100
CREDIT = Q(type=Invoice.Type.CREDIT, voided_at=None)
OWED = Q(type=Invoice.Type.INVOICE, voided_at=None, paid__lt=F("total"))


class CustomerFrame:
    """What frames/customer.html draws around a tab; the view has set `request.customer` and `request.tab`."""

    def __init__(self, request: Any, today: dt.date, now: dt.datetime) -> None:
        self._request = request
        self._company = request.company
        self._customer: Customer = request.customer
        self._may: Callable[[Grant], bool] = request.may
        self._today, self._now = today, now
        prefetch_related_objects([self._customer], "addresses", "phones")

    # --- the head

    @property
    def name(self) -> str:
        return self._customer.name

    @property
    def list_label(self) -> str:
        return "Leads" if self._customer.is_lead else "Customers"

    @property
    def list_url(self) -> str:
        return self._door("customers:leads" if self._customer.is_lead else "customers:list")

    @property
    def account_number(self) -> str:
        return self._customer.account_number

    @property
    def pills(self) -> list[tuple[str, str]]:
        customer = self._customer
        shown = [(STATUS_KINDS.get(customer.status, "plain"), customer.get_status_display())]
        if customer.is_lead:
            shown = [("info", "Lead")]
        shown.append(("plain", customer.get_kind_display()))
        if self._may(invoices.view) and self._owed["late"]:
            shown.append(("warn", "Past due"))
        return shown

    @cached_property
    def facts(self) -> list[tuple[str, str, str]]:
        customer = self._customer
        found = {address.kind: address for address in customer.addresses.all()}
        shown: list[tuple[str, str, str]] = []
        if (place := found.get(Address.Kind.SERVICE)) is not None:
            shown.append(("map-pin", place.one_line, ""))
        shown += [("phone", phone(one.number), f"tel:{one.number}") for one in list(customer.phones.all())[:2]]
        if customer.customer_since:
            shown.append(("calendar", f"Customer since {customer.customer_since:%B %Y}", ""))
        return shown

    @property
    def customer(self) -> Customer:
        return self._customer

    @property
    def sees_tags(self) -> bool:
        return self._may(tags.view)

    @cached_property
    def taggings(self) -> list[Tagging]:
        return list(on_customer(self._customer))

    @property
    def actions(self) -> list[dict[str, Any]]:
        """The header's buttons: two, then the main one, the rest under More."""
        customer = self._customer
        listed = OF_LEADS if customer.is_lead else OF_CUSTOMERS
        ended = customer.status == Customer.Status.CANCELLED
        return [
            {"label": verb.label, "url": url, "icon": verb.icon, "primary": verb.primary, "dialog": verb.dialog}
            for verb in listed
            if verb.ended in (None, ended)
            and any(map(self._may, verb.may if isinstance(verb.may, tuple) else (verb.may,)))
            and (url := self._door(verb.page, **{verb.key: customer.pk}))
        ]

    @property
    def alerts(self) -> list[dict[str, str]]:
        """What somebody must do something about: the bank has returned a draft, and the method is not charged since; an
        exemption certificate has expired or is about to.
        """
        return self._blocked() + self._certificates()

    def _certificates(self) -> list[dict[str, str]]:
        if self._customer.is_lead or self._customer.is_cancelled or not self._may(billing_admin.view):
            return []
        url = self._door("invoicing:certificates_of_customer", customer=self._customer.pk)
        return [
            {
                "text": f"{one} has expired on {day(one.valid_until)}: sales tax is charged since."
                if one.is_expired(self._today)
                else f"{one} exempts until {day(one.valid_until)}. Ask the customer for the next one.",
                "url": url,
                "label": "Tax exemptions",
            }
            for one in to_renew(self._customer, self._today)
        ]

    def _blocked(self) -> list[dict[str, str]]:
        if not self._may(billing_methods.view):
            return []
        url = self._door("payments:methods", customer=self._customer.pk)
        return [
            {
                "text": f"{method} is not charged since {day(method.blocked_at)}: {method.blocked_reason.rstrip('.')}. "
                "Ask the customer for another billing method.",
                "url": url,
                "label": "Billing methods",
            }
            for method in self._methods
            if method.blocked_at
        ] + [
            {
                "text": f"The bank of {method} asks that {self._customer.name} is asked about the card.",
                "url": url,
                "label": "Billing methods",
            }
            for method in self._methods
            if method.contact_at and not method.blocked_at
        ]

    # --- the strip of figures

    @cached_property
    def figures(self) -> list[dict[str, Any]]:
        if self._customer.is_lead:
            return []
        shown: list[dict[str, Any]] = []
        if self._may(invoices.view):
            shown.append(self._balance())
            shown += self._on_account()
        if self._may(recurring.view):
            shown += [self._monthly(), self._next_invoice()]
        if self._may(systems.view):
            url = self._door("monitoring:of_customer", customer=self._customer.pk)
            shown.append(dict(system_figure(self._system, at=self._now, url=url)))
        if self._may(recurring.view):
            shown.append(self._contract())
        if self._may(payments.view):
            shown.append(self._last_payment())
        return shown

    def _balance(self) -> dict[str, Any]:
        owed = self._owed
        figure = {"label": "Balance due", "value": money(owed["due"] or ZERO), "note": "Nothing owed"}
        if owed["late"]:
            days = (self._today - owed["oldest"]).days
            figure |= {"kind": "bad", "icon": "triangle-alert"}
            figure["note"] = f"{money(owed['late'])} is {days} {'day' if days == 1 else 'days'} late"
        elif owed["due"]:
            figure["note"] = f"Due by {day(owed['oldest'])}"
        return figure

    def _on_account(self) -> list[dict[str, Any]]:
        """Credits and payments that no invoice has taken, as one figure; nothing where there are none."""
        credit, last = self._owed["credit"] or ZERO, self._last if self._may(payments.view) else None
        free = (last.unapplied_sum if last else None) or ZERO
        if not credit + free:
            return []
        note = " and ".join([*(["credits"] if credit else []), *(["unapplied payments"] if free else [])])
        return [{"label": "Credit on account", "value": money(credit + free), "note": note.capitalize()}]

    def _monthly(self) -> dict[str, Any]:
        """What comes in a month; a warning where nothing bills the monitoring rate (domain.md, part D 8)."""
        mmr, live = self._customer.mmr, present(self._live)
        if not live and mmr:
            return {
                "label": "Monthly recurring",
                "value": money(mmr),
                "kind": "warn",
                "icon": "triangle-alert",
                "note": "Not billed: no recurring invoice",
            }
        sum_ = sum((monthly(one) for one in live), ZERO)
        count = len(live)
        note = f"{count} recurring {'invoice' if count == 1 else 'invoices'}" if count else "No recurring invoice"
        return {"label": "Monthly recurring", "value": money(sum_), "note": note}

    def _next_invoice(self) -> dict[str, Any]:
        first = self._live[0] if self._live else None
        if first is None or first.next_on is None:
            return {"label": "Next invoice", "value": "None", "note": "Nothing is scheduled"}
        pay = next(iter(first.auto_pays.all()), None)
        note = f"Auto Pay · {pay.billing_method}" if pay else "Invoiced, not charged"
        return {"label": "Next invoice", "value": f"{first.next_on:%b} {first.next_on.day}", "note": note}

    def _contract(self) -> dict[str, Any]:
        found: Contract = contract(self._live)
        return {"label": "Contract", "value": found.left, "note": found.note, "progress": found.percent}

    def _last_payment(self) -> dict[str, Any]:
        last = self._last
        if last is None or not last.is_good:
            return {"label": "Last payment", "value": "None", "note": "Nothing was paid yet"}
        note = f"{day(last.received_on)} · {last.get_method_display()} · {of_payment(last).text}"
        return {"label": "Last payment", "value": money(last.amount), "note": note}

    # --- the tabs

    @cached_property
    def tabs(self) -> list[dict[str, Any]]:
        current = getattr(self._request, "tab", "")
        counted: dict[str, Callable[[], int]] = {
            "invoices": lambda: self._owed["count"],
            "recurring": lambda: len(self._live),
            "payments": self._payments,
            "billing": lambda: len(self._methods),
            "credit": lambda: self._credit.count,
            **{code: partial(self._kept, code) for code in ("appointments", "equipment", "contacts", "notes", "files")},
        }
        return [
            {"label": tab.label, "url": url, "count": count() if count else None, "current": tab.code == current}
            for tab in TABS
            if (tab.of_leads if self._customer.is_lead else tab.of_customers)
            and self._may(tab.may or self._own.view)
            and (tab.offered != "credit" or self._credit.is_offered)
            and (url := self._door(tab.page, **{tab.key: self._customer.pk}))
            for count in [counted.get(tab.code)]
        ]

    def _kept(self, code: str) -> int:
        return page_counts(self._request)[code]

    def _payments(self) -> int:
        return int(self._last.how_many) if self._last else 0

    # --- the cards at the side

    @cached_property
    def cards(self) -> Sequence[dict[str, Any]]:
        pk = self._customer.pk
        shown: list[dict[str, Any]] = []
        if self._may(billing_methods.view) and not self._customer.is_lead:
            link = {"label": "All methods", "url": self._door("payments:methods", customer=pk)}
            method = next((one for one in self._methods if one.is_default), next(iter(self._methods), None))
            shown.append(
                {
                    "title": "Billing method",
                    "template": "office/cards/method.html",
                    "method": method,
                    "today": self._today,
                    "is_expired": bool(method and method.is_expired(self._today)),
                    "action": link if link["url"] else None,
                }
            )
        if self._customer.is_lead:
            shown.append(selling_card(self._customer, self._company, self._may))
        shown.append({"title": "Account", "template": "office/cards/account.html", "facts": self._account()})
        if self._may(history.view):
            link = {"label": "See all", "url": self._door("office:history", pk=pk)}
            shown.append(
                {
                    "title": "Activity",
                    "template": "office/cards/activity.html",
                    "action": link,
                    "entries": activity(self._company, self._customer, self._may, credit=self._tells_of_credit),
                }
            )
        return shown

    def _account(self) -> list[dict[str, Any]]:
        customer = self._customer
        billing = next((one for one in customer.addresses.all() if one.kind == Address.Kind.BILLING), None)
        facts: list[dict[str, Any]] = [
            {"label": "Account no.", "value": customer.account_number, "can_copy": True},
            {"label": "E-mail", "value": customer.email, "url": f"mailto:{customer.email}" if customer.email else ""},
            {"label": "MMR", "value": money(customer.mmr)},
            {"label": "Activation fee", "value": self._activation_fee()},
            {"label": "Billing address", "value": billing.one_line if billing else "Same as service"},
            {"label": "Sales rep", "value": customer.sales_rep.get_full_name() if customer.sales_rep else ""},
        ]
        if self._tells_of_credit and self._credit.score is not None:
            facts.append({"label": "Credit score", "value": f"{self._credit.score}, grade {self._credit.grade}"})
        if customer.cancelled_on:
            facts.append({"label": "Cancelled", "value": day(customer.cancelled_on)})
        return facts

    def _activation_fee(self) -> str:
        customer = self._customer
        return f"{money(customer.activation_fee)}{' (paid)' if customer.activation_fee_paid else ''}"

    @cached_property
    def zone_equipment(self) -> ZoneEquipment:
        """What hangs in which zone, for who may see equipment: the System tab asks."""
        return zone_equipment(self._customer) if self._may(equipment.view) else ZoneEquipment()

    # --- what they all read, each once

    @cached_property
    def _system(self) -> System | None:
        return system_of(self._customer, at=self._now)

    @property
    def _own(self) -> Any:
        return leads if self._customer.is_lead else customers

    @property
    def _tells_of_credit(self) -> bool:
        """Whether credit checks are on, and the person may see this one's."""
        own = credit_of_leads if self._customer.is_lead else credit_of_customers
        return self._may(own.view) and self._credit.is_on

    @cached_property
    def _credit(self) -> Standing:
        return standing_of(self._customer)

    @cached_property
    def _owed(self) -> dict[str, Any]:
        late = OWED & Q(due_on__lt=self._today)
        due = F("total") - F("paid")
        return self._customer.invoices.aggregate(
            count=Count("pk"),
            due=Sum(due, filter=OWED),
            late=Sum(due, filter=late),
            oldest=Min("due_on", filter=OWED),
            credit=Sum(F("total") - F("used"), filter=CREDIT),
        )

    @cached_property
    def _live(self) -> list[RecurringInvoice]:
        """The recurring invoices that will bill again, the next one first, each with its Auto Pay."""
        enrolled = AutoPay.objects.filter(ended_at=None).select_related("billing_method")
        live = self._customer.recurring_invoices.filter(next_on__isnull=False)
        return list(live.order_by("next_on", "pk").prefetch_related(Prefetch("auto_pays", enrolled))[:MANY])

    @cached_property
    def _methods(self) -> list[BillingMethod]:
        return list(self._customer.billing_methods.filter(removed_at=None).order_by("-is_default", "pk")[:MANY])

    @cached_property
    def _last(self) -> Any:
        """The payment that came last and stayed, any other where there is none (`is_good` says which), with how many
        there are and how much of them no invoice has taken.
        """
        free = Case(When(GOOD, then=F("amount") - F("applied") - F("refunded")), default=ZERO)
        stayed = Case(When(GOOD, refunded__lt=F("amount"), then=True), default=False)
        rows = self._customer.payments.annotate(
            how_many=Window(Count("pk")), unapplied_sum=Window(Sum(free)), is_good=stayed
        )
        return rows.order_by("-is_good", "-received_on", "-pk").first()

    def _door(self, page: str, **kwargs: Any) -> str:
        return door(self._company, page, **kwargs)
