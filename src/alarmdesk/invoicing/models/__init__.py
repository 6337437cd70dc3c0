"""Which tables hold what is owed?"""

from alarmdesk.invoicing.models.catalogue import ACTIVATION_FEE_NUMBER, MMR_NUMBER, BillableItem, Term
from alarmdesk.invoicing.models.documents import Invoice, InvoiceLine, LineTax
from alarmdesk.invoicing.models.periods import BillingPeriod, ParkedAccount
from alarmdesk.invoicing.models.printing import Printout, PrintoutPiece
from alarmdesk.invoicing.models.recurring import RecurringInvoice, RecurringLine
from alarmdesk.invoicing.models.taxes import CustomerTax, StateExemption, StateTax

__all__ = [
    "ACTIVATION_FEE_NUMBER",
    "MMR_NUMBER",
    "BillableItem",
    "BillingPeriod",
    "CustomerTax",
    "Invoice",
    "InvoiceLine",
    "LineTax",
    "ParkedAccount",
    "Printout",
    "PrintoutPiece",
    "RecurringInvoice",
    "RecurringLine",
    "StateExemption",
    "StateTax",
    "Term",
]
