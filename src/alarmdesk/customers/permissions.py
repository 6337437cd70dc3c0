"""What can be granted on leads and customers?"""

from alarmdesk.company.permissions import Resource

customers = Resource("customers", "Customers", "Customer")
leads = Resource("leads", "Leads", "Leads")
history = Resource("history", "History", "Customer", verbs=("view",))
imports = Resource("imports", "Imports", "Customer", verbs=("view", "create", "delete"))
exports = Resource("exports", "Exports", "Customer", verbs=("create",))
contacts = Resource("contacts", "Contacts", "Customer", special={"passcodes": "Can See Passcodes"})
tags = Resource("tags", "Tags", "Customer")
notes = Resource("notes", "Notes", "Customer")
tickets = Resource("tickets", "Tickets", "Customer", verbs=("view", "create", "modify"))
files = Resource("files", "Files", "Customer", verbs=("view", "create", "delete"))
agencies = Resource("agencies", "Agencies", "System Management", verbs=("view", "modify"))
lead_stages = Resource("lead_stages", "Lead stages", "Leads", verbs=("view", "modify"))
duplicates = Resource("duplicates", "Duplicates", "Customer", verbs=("view",), special={"merge": "Can Merge Records"})

RESOURCES = (
    customers,
    leads,
    history,
    imports,
    exports,
    contacts,
    tags,
    notes,
    tickets,
    files,
    agencies,
    lead_stages,
    duplicates,
)
