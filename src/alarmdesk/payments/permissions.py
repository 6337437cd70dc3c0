"""What can be granted on payments and billing methods?"""

from alarmdesk.company.permissions import Resource

payments = Resource("payments", "Payments", "Customer")
processing = Resource(
    "processing",
    "Payment Processing",
    "Customer",
    verbs=("create", "modify"),
    special={"issue_credit": "Can Issue Credit"},
)
billing_methods = Resource("billing_methods", "Billing Information", "Customer")
gateways = Resource("gateways", "Processing Gateway", "System Management", verbs=("view", "modify"))

RESOURCES = (payments, processing, billing_methods, gateways)

TAKING = (payments.create, processing.create)
"""Either takes a payment: by hand, or through the gateway."""
