"""What does somebody agree to whose card or bank account we keep? The words are shown, ticked and kept as shown.

Card: what is charged, when, how a change is told, how it ends (stored-credential rules, domain.md F3). Bank account:
an ACH authorization under Regulation E and the Nacha rules (12 CFR 1005.10; domain.md F5).
"""

from decimal import Decimal

from alarmdesk.company.models import Company
from alarmdesk.lib.furniture import money
from alarmdesk.lib.phones import shown

CARD = (
    "I, {payer}, authorize {dealer} to keep this card on file with its payment processor and to charge it for what is"
    " due on my invoices: automatically on the due date where Auto Pay is on, and otherwise when I ask for it. I will"
    " be told at least 7 business days before a recurring amount or date changes. This stays in force until I end it"
    " by removing the card in the customer portal or by contacting {contact}."
)
ACH = (
    "I, {payer}, authorize {dealer} to electronically debit (ACH) the bank account given here for what is due on my"
    " invoices: automatically on the due date where Auto Pay is on, and otherwise when I ask for it; and to credit it"
    " to correct an error. I am an owner of the account. I will be told at least 10 days before a recurring amount"
    " changes. I may revoke this authorization, or stop a payment up to 3 business days before it is due, in the"
    " customer portal or by contacting {contact}."
)
ONE_DEBIT = (
    "I authorize {dealer} to electronically debit (ACH) the bank account given here once, on or after the day on which"
    " I send this form, for {amount} ({what}), and to credit it to correct an error. I am an owner of the account."
    " I may revoke this authorization only by contacting {contact} before the debit is sent to the bank."
)


def authorization(company: Company, payer: str, kind: str) -> str:
    """The words that go with a card (`kind` card) or a bank account (ach)."""
    return (ACH if kind == "ach" else CARD).format(payer=payer, dealer=company.name, contact=_contact(company))


def one_debit(company: Company, amount: Decimal, what: str) -> str:
    """The words that go with a single debit of a bank account that is not kept: `amount` in the company's currency,
    for `what`.
    """
    shown_amount = money(amount, company.currency)
    return ONE_DEBIT.format(dealer=company.name, amount=shown_amount, what=what, contact=_contact(company))


def _contact(company: Company) -> str:
    reached = [part for part in (shown(company.phone) if company.phone else "", company.email) if part]
    return f"{company.name} ({', '.join(reached)})" if reached else company.name
