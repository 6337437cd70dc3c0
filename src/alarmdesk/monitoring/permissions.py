"""What can be granted on monitoring?"""

from alarmdesk.company.permissions import Resource

systems = Resource("systems", "Systems", "Customer")
monitoring_admin = Resource("monitoring_admin", "Monitoring companies", "System Management", verbs=("view", "modify"))

RESOURCES = (systems, monitoring_admin)
