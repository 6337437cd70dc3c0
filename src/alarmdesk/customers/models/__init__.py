"""Which tables hold leads and customers, and what the office keeps on them?"""

from alarmdesk.customers.models.contacts import Agency, Contact, ContactPhone, CustomerAgency
from alarmdesk.customers.models.files import CustomerFile, FileQuota
from alarmdesk.customers.models.importing import Import, ImportChunk, ImportProblem, Mapping, WaitingMethod
from alarmdesk.customers.models.merging import Merge
from alarmdesk.customers.models.notes import Note, Ticket, TicketComment, TicketFilter
from alarmdesk.customers.models.people import SORT_NAME, Address, Customer, Phone, SearchEntry
from alarmdesk.customers.models.pipeline import LeadStage, Opportunity
from alarmdesk.customers.models.tagging import Tag, Tagging

__all__ = [
    "SORT_NAME",
    "Address",
    "Agency",
    "Contact",
    "ContactPhone",
    "Customer",
    "CustomerAgency",
    "CustomerFile",
    "FileQuota",
    "Import",
    "ImportChunk",
    "ImportProblem",
    "LeadStage",
    "Mapping",
    "Merge",
    "Note",
    "Opportunity",
    "Phone",
    "SearchEntry",
    "Tag",
    "Tagging",
    "Ticket",
    "TicketComment",
    "TicketFilter",
    "WaitingMethod",
]
