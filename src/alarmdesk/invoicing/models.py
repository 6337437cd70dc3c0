"""Which tables hold what is owed?"""

import datetime as dt
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from alarmdesk.company.models import Run
from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models import Customer
from alarmdesk.lib.recurrence import Recurrence, Unit

MMR_NUMBER = 3
"""The Monthly Monitoring Rate is billable item 3 in every company (F68)."""
ACTIVATION_FEE_NUMBER = 2


class BillableItem(models.Model):
    """Something that a dealer bills for. Source: domain.md B7."""

    class Class(models.TextChoices):
        PRODUCT = "product", "Product"
        LABOR = "labor", "Labor"
        SERVICE = "service", "Service"

    class Taxable(models.TextChoices):
        IF_NOT_EXEMPT = "if_not_exempt", "If Not Exempt"
        ALWAYS = "always", "Always"
        NEVER = "never", "Never"

    company = CompanyKey(related_name="billable_items")
    number = models.IntegerField("ID", editable=False)
    code = models.CharField(max_length=40)
    item_class = models.CharField("class", max_length=10, choices=Class)
    default_price = models.DecimalField("default unit price", max_digits=14, decimal_places=4, default=Decimal(0))
    description = models.CharField(max_length=500)
    taxable = models.CharField(max_length=15, choices=Taxable, default=Taxable.IF_NOT_EXEMPT)
    is_active = models.BooleanField("active", default=True)
    is_predefined = models.BooleanField(default=False, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="invoicing_item_number"),
            models.UniqueConstraint("company", Lower("code"), name="invoicing_item_code"),
            models.CheckConstraint(condition=Q(default_price__gte=0), name="invoicing_item_price_not_negative"),
        ]

    def __str__(self) -> str:
        return self.code


class Term(models.Model):
    """When an invoice falls due: so many days after its Sale Date."""

    company = CompanyKey(related_name="terms")
    name = models.CharField(max_length=60)
    days = models.IntegerField()
    is_default = models.BooleanField(default=False)
    is_active = models.BooleanField("active", default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("company", Lower("name"), name="invoicing_term_name"),
            models.UniqueConstraint(
                fields=["company"], condition=Q(is_default=True), name="invoicing_term_one_default"
            ),
            models.CheckConstraint(condition=Q(days__gte=0) & Q(days__lte=365), name="invoicing_term_days"),
        ]

    def __str__(self) -> str:
        return self.name

    def due_on(self, sale_on: dt.date) -> dt.date:
        return sale_on + dt.timedelta(days=self.days)


class StateTax(models.Model):
    """The sales tax of a state from a date on, in percent (D13)."""

    company = CompanyKey(related_name="state_taxes")
    state = models.CharField(max_length=2)
    rate = models.DecimalField(max_digits=7, decimal_places=4)
    effective_on = models.DateField()

    class Meta:
        verbose_name_plural = "state taxes"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "state", "effective_on"], name="invoicing_state_tax_once"),
            models.CheckConstraint(condition=Q(rate__gte=0) & Q(rate__lte=100), name="invoicing_state_tax_rate"),
        ]


class StateExemption(models.Model):
    """A class of items on which a state charges nothing (domain.md B7). "Always" beats it (D13)."""

    company = CompanyKey(related_name="state_exemptions")
    state = models.CharField(max_length=2)
    item_class = models.CharField(max_length=10, choices=BillableItem.Class)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "state", "item_class"], name="invoicing_exemption_once")
        ]


class CustomerTax(models.Model):
    """A customer's own rate in percent instead of the state's, or an exemption (rate 0)."""

    company = CompanyKey(related_name="customer_taxes")
    customer = Link(Customer, models.CASCADE, related_name="customer_taxes", indexed=False)
    rate = models.DecimalField(max_digits=7, decimal_places=4)
    reason = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        verbose_name_plural = "customer taxes"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "customer"], name="invoicing_customer_tax_once"),
            models.CheckConstraint(condition=Q(rate__gte=0) & Q(rate__lte=100), name="invoicing_customer_tax_rate"),
        ]


class RecurringInvoice(models.Model):
    """The template from which invoices are made on a schedule. Not editable once created (F45, D1).

    Occurrence n falls on anchor + n intervals; `next_seq` is the first one not yet generated and `next_on` its date
    (null when none is left). Both are derived from the billing periods, and audited.
    """

    company = CompanyKey(related_name="recurring_invoices")
    customer = Link(Customer, related_name="recurring_invoices")
    number = models.BigIntegerField("ID")
    anchor_on = models.DateField("next invoice date")
    every = models.SmallIntegerField()
    unit = models.CharField(max_length=5, choices=[(unit.value, unit.value) for unit in Unit])
    times = models.IntegerField("times to recur", null=True, blank=True)
    term = Link(Term, related_name="recurring_invoices", indexed=False)
    po_number = models.CharField("PO number", max_length=40, blank=True, default="")
    note = models.TextField(blank=True, default="", max_length=4000)
    email_on_generation = models.BooleanField("email on invoice generation", default=False)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    next_seq = models.IntegerField(default=0)
    next_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    ended_on = models.DateField(null=True, blank=True)
    ended_reason = models.CharField(max_length=200, blank=True, default="")
    ended_by = models.CharField(max_length=120, blank=True, default="")
    imported_by = Link("customers.Import", models.PROTECT, null=True, blank=True, related_name="recurring_invoices")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "number"], name="invoicing_recurring_number"),
            models.CheckConstraint(condition=Q(every__gte=1), name="invoicing_recurring_every"),
            models.CheckConstraint(condition=Q(times__isnull=True) | Q(times__gte=1), name="invoicing_recurring_times"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["company", "next_on", "id"], condition=Q(next_on__isnull=False), name="invoicing_recurring_due"
            )
        ]

    def __str__(self) -> str:
        return f"Recurring invoice {self.number}"

    @property
    def recurrence(self) -> Recurrence:
        return Recurrence(self.anchor_on, self.every, Unit(self.unit))

    @property
    def final_on(self) -> dt.date | None:
        """Final Invoice Date (F48): null for one that recurs until it is ended."""
        return self.recurrence.occurrence(self.times - 1) if self.times else None


class RecurringLine(models.Model):
    """A line of the template. `tax_rate` in percent overrides the state's; null leaves it to the rules."""

    company = CompanyKey(related_name="recurring_lines")
    recurring_invoice = Link(RecurringInvoice, models.CASCADE, related_name="lines", indexed=False)
    position = models.SmallIntegerField()
    item = Link(BillableItem, related_name="recurring_lines")
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    description = models.CharField(max_length=500)
    unit_price = models.DecimalField(max_digits=14, decimal_places=4)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "recurring_invoice", "position"], name="invoicing_recurring_line_position"
            )
        ]


class Invoice(models.Model):
    """An invoice, a quote or a credit. Issued when created and immutable from then on; only `paid` moves, and only
    by allocations (payments), under the check paid <= total. A quote is never due and takes no payment (D7).
    """

    class Type(models.TextChoices):
        INVOICE = "invoice", "Invoice"
        QUOTE = "quote", "Quote"
        CREDIT = "credit", "Credit"

    company = CompanyKey(related_name="invoices")
    customer = Link(Customer, related_name="invoices", indexed=False)
    type = models.CharField(max_length=10, choices=Type, default=Type.INVOICE)
    number = models.BigIntegerField("ID")
    sale_on = models.DateField("sale date")
    term = Link(Term, related_name="invoices", indexed=False)
    due_on = models.DateField("due date", null=True, blank=True)
    po_number = models.CharField("PO number", max_length=40, blank=True, default="")
    note = models.TextField(blank=True, default="", max_length=4000)
    sub_total = models.DecimalField(max_digits=12, decimal_places=2)
    tax_total = models.DecimalField(max_digits=12, decimal_places=2)
    total = models.DecimalField("amount", max_digits=12, decimal_places=2)
    paid = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal("0.00"))
    recurring_invoice = Link(RecurringInvoice, null=True, blank=True, related_name="invoices", indexed=True)
    bill_to = models.JSONField(default=dict)
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=120)
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.CharField(max_length=120, blank=True, default="")
    void_reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "type", "number"], name="invoicing_invoice_number"),
            models.CheckConstraint(condition=Q(total=F("sub_total") + F("tax_total")), name="invoicing_total_adds_up"),
            models.CheckConstraint(
                condition=Q(paid=0) | (Q(type="invoice") & Q(paid__gte=0) & Q(paid__lte=F("total"))),
                name="invoicing_paid_within_total",
            ),
            models.CheckConstraint(
                condition=Q(type="quote", due_on__isnull=True) | (~Q(type="quote") & Q(due_on__isnull=False)),
                name="invoicing_quote_is_never_due",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "customer", "-id"], name="invoicing_of_customer"),
            models.Index(
                fields=["company", "due_on", "id"],
                condition=Q(type="invoice", voided_at__isnull=True, paid__lt=F("total")),
                name="invoicing_owing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.number}"

    @property
    def due(self) -> Decimal:
        """The unpaid part (F40); nothing on a quote, a credit or a void invoice."""
        if self.type != self.Type.INVOICE or self.voided_at is not None:
            return Decimal("0.00")
        return self.total - self.paid

    def is_past_due(self, today: dt.date) -> bool:
        """Due date strictly before the company's local today (D9)."""
        return self.due > 0 and self.due_on is not None and self.due_on < today


class InvoiceLine(models.Model):
    """A line of an issued document: immutable."""

    company = CompanyKey(related_name="invoice_lines")
    invoice = Link(Invoice, models.CASCADE, related_name="lines", indexed=False)
    position = models.SmallIntegerField()
    item = Link(BillableItem, related_name="invoice_lines", indexed=False)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    description = models.CharField(max_length=500)
    unit_price = models.DecimalField(max_digits=14, decimal_places=4)
    amount = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "invoice", "position"], name="invoicing_line_position")
        ]


class LineTax(models.Model):
    """One tax on one line: immutable. Rate in percent, amount in cents."""

    company = CompanyKey(related_name="line_taxes")
    line = Link(InvoiceLine, models.CASCADE, related_name="taxes", indexed=False)
    name = models.CharField(max_length=40)
    rate = models.DecimalField(max_digits=7, decimal_places=4)
    amount = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        verbose_name_plural = "line taxes"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "line", "name"], name="invoicing_line_tax_once")
        ]


class BillingPeriod(models.Model):
    """A period of a recurring invoice that has been invoiced: one invoice per template and number, ever."""

    company = CompanyKey(related_name="billing_periods")
    recurring_invoice = Link(RecurringInvoice, related_name="periods", indexed=False)
    seq = models.IntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    invoice = Link(Invoice, related_name="periods")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "recurring_invoice", "seq"], name="invoicing_period_once")
        ]


class ParkedAccount(models.Model):
    """A recurring invoice that a run could not bill, with the reason; runs leave it alone until it is released."""

    company = CompanyKey(related_name="parked_accounts")
    customer = Link(Customer, models.CASCADE, related_name="parked", indexed=False)
    recurring_invoice = Link(RecurringInvoice, models.CASCADE, related_name="parked", indexed=False)
    run = Link(Run, models.SET_NULL, null=True, blank=True, related_name="parked", indexed=False)
    reason = models.CharField(max_length=500)
    parked_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "recurring_invoice"],
                condition=Q(released_at__isnull=True),
                name="invoicing_parked_once",
            )
        ]
