"""Which tables hold what is owed?"""

from alarmdesk.invoicing.models.catalogue import ACTIVATION_FEE_NUMBER, MMR_NUMBER, BillableItem, Term
from alarmdesk.invoicing.models.credits import CreditApplication, LineReversal
from alarmdesk.invoicing.models.dismissals import FindingDismissal
from alarmdesk.invoicing.models.documents import Invoice, InvoiceLine, LineTax
from alarmdesk.invoicing.models.drafts import Draft, DraftVersion, Succession
from alarmdesk.invoicing.models.equipping import InvoicedPiece
from alarmdesk.invoicing.models.periods import BillingPeriod, ParkedAccount
from alarmdesk.invoicing.models.printing import Printout, PrintoutPiece
from alarmdesk.invoicing.models.quotes import Offer, QuoteAnswer, QuoteSettings
from alarmdesk.invoicing.models.raises import RateIncrease
from alarmdesk.invoicing.models.recurring import RecurringInvoice, RecurringLine
from alarmdesk.invoicing.models.taxes import (
    CustomerTax,
    RateImport,
    StateExemption,
    StateTax,
    TaxBasis,
    TaxCertificate,
)

__all__ = [
    "ACTIVATION_FEE_NUMBER",
    "MMR_NUMBER",
    "BillableItem",
    "BillingPeriod",
    "CreditApplication",
    "CustomerTax",
    "Draft",
    "DraftVersion",
    "FindingDismissal",
    "Invoice",
    "InvoiceLine",
    "InvoicedPiece",
    "LineReversal",
    "LineTax",
    "Offer",
    "ParkedAccount",
    "Printout",
    "PrintoutPiece",
    "QuoteAnswer",
    "QuoteSettings",
    "RateImport",
    "RateIncrease",
    "RecurringInvoice",
    "RecurringLine",
    "StateExemption",
    "StateTax",
    "Succession",
    "TaxBasis",
    "TaxCertificate",
    "Term",
]
