"""What can be granted on invoices?"""

from alarmdesk.company.permissions import Resource

invoices = Resource("invoices", "Invoices", "Customer")
recurring = Resource("recurring", "Recurring invoices", "Customer")
billing_admin = Resource("billing_admin", "Billing Admin", "System Management", verbs=("view", "modify"))

RESOURCES = (invoices, recurring, billing_admin)
