"""What can be granted on leads and customers?"""

from alarmdesk.company.permissions import Resource

customers = Resource("customers", "Customers", "Customer")
leads = Resource("leads", "Leads", "Leads")
history = Resource("history", "History", "Customer", verbs=("view",))
imports = Resource("imports", "Imports", "Customer", verbs=("view", "create", "delete"))
exports = Resource("exports", "Exports", "Customer", verbs=("create",))

RESOURCES = (customers, leads, history, imports, exports)
