"""What can be done with a customer, and which tabs does its page have? One list of entries each."""

from dataclasses import dataclass

from alarmdesk.company.permissions import Grant
from alarmdesk.credit.permissions import credit_of_customers, credit_of_leads
from alarmdesk.customers.permissions import contacts, customers, duplicates, files, history, leads, notes
from alarmdesk.equipment.permissions import equipment
from alarmdesk.invoicing.permissions import billing_admin, invoices, recurring
from alarmdesk.messaging.permissions import messages
from alarmdesk.monitoring.permissions import systems
from alarmdesk.payments.permissions import TAKING, billing_methods, payments
from alarmdesk.scheduling.permissions import appointments


@dataclass(frozen=True, slots=True)
class Verb:
    """Something that can be done with a customer. `may`: a grant, or several of which one is enough. `ended`: only for
    cancelled ones (True), only for others (False).
    """

    label: str
    page: str
    icon: str
    may: Grant | tuple[Grant, ...]
    key: str = "customer"
    primary: bool = False
    ended: bool | None = None
    dialog: bool = True


OF_LEADS = (
    Verb("Edit", "customers:edit_lead", "pencil", leads.modify, "pk"),
    Verb("Make a customer", "invoicing:convert_lead", "user-check", customers.create, "pk"),
    Verb("New quote", "invoicing:new", "plus", invoices.create, primary=True),
    Verb("Write a mail", "office:write", "mail", messages.create, "pk"),
    Verb("Merge with another", "office:merge_choose", "merge", duplicates.may("merge"), dialog=False),
)
OF_CUSTOMERS = (
    Verb("Edit", "customers:edit", "pencil", customers.modify, "pk"),
    Verb("Take payment", "payments:take", "banknote", TAKING),
    Verb("New invoice", "invoicing:new", "plus", invoices.create, primary=True),
    Verb("Schedule", "scheduling:new_for", "calendar-plus", appointments.create),
    Verb("Write a mail", "office:write", "mail", messages.create, "pk"),
    Verb("New recurring invoice", "payments:recurring_new", "repeat", recurring.create, ended=False),
    Verb("Add billing method", "payments:method_new", "credit-card", billing_methods.create),
    Verb("Tax rate", "invoicing:customer_tax", "percent", billing_admin.modify),
    Verb("Tax exemptions", "invoicing:certificates_of_customer", "shield-off", billing_admin.view, dialog=False),
    Verb("Portal access", "portal:access", "key-round", customers.view, dialog=False),
    Verb("Merge with another", "office:merge_choose", "merge", duplicates.may("merge"), dialog=False),
    Verb("Cancel the account", "office:cancel", "user-x", customers.modify, "pk", ended=False),
    Verb("Reinstate the account", "office:reinstate", "undo-2", customers.modify, "pk", ended=True),
)


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of the customer's page; `may=None` takes seeing customers, or leads where it is one. `offered`: what the
    company must offer for it to be there.
    """

    code: str
    label: str
    page: str
    may: Grant | None
    key: str = "customer"
    of_leads: bool = True
    of_customers: bool = True
    offered: str = ""


TABS = (
    Tab("overview", "Overview", "office:customer", None, "pk"),
    Tab("invoices", "Invoices", "invoicing:of_customer", invoices.view),
    Tab("recurring", "Recurring", "invoicing:recurring_of_customer", recurring.view, of_leads=False),
    Tab("payments", "Payments", "payments:of_customer", payments.view, of_leads=False),
    Tab("statements", "Statements", "payments:statements_of", invoices.view, of_leads=False),
    Tab("equipment", "Equipment", "equipment:of_customer", equipment.view, of_leads=False),
    Tab("system", "System", "monitoring:of_customer", systems.view, of_leads=False),
    Tab(
        "credit", "Credit reports", "credit:customer_reports", credit_of_customers.view, of_leads=False,
        offered="credit",
    ),
    Tab(
        "credit", "Credit reports", "credit:lead_reports", credit_of_leads.view, "lead", of_customers=False,
        offered="credit",
    ),
    Tab("appointments", "Schedule", "scheduling:of_customer", appointments.view, of_leads=False),
    Tab("billing", "Billing methods", "payments:methods", billing_methods.view, of_leads=False),
    Tab("notes", "Notes", "tickets:of_customer", notes.view),
    Tab("contacts", "Contacts", "customers:contacts", contacts.view),
    Tab("files", "Files", "customers:files", files.view),
    Tab("messages", "Messages", "office:messages", messages.view, "pk"),
    Tab("history", "History", "office:history", history.view, "pk"),
)  # fmt: skip
