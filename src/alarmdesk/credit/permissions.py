"""What can be granted on credit reports? Apart for customers and for leads; Create runs one (F66)."""

from alarmdesk.company.permissions import Resource

SPECIAL = {"hard": "Hard Inquiries", "override": "Override Repeat Guards"}

credit_of_customers = Resource(
    "credit_of_customers",
    "Credit Reports of Customers",
    "Customer",
    verbs=("view", "create", "modify"),
    special=SPECIAL,
)
credit_of_leads = Resource(
    "credit_of_leads", "Credit Reports of Leads", "Leads", verbs=("view", "create", "modify"), special=SPECIAL
)
credit_admin = Resource("credit_admin", "Credit bureaus", "System Management", verbs=("view", "modify"))

RESOURCES = (credit_of_customers, credit_of_leads, credit_admin)
