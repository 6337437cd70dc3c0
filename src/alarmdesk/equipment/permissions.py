"""What can be granted on equipment?"""

from alarmdesk.company.permissions import Resource

equipment = Resource("equipment", "Equipment", "Customer")
equipment_admin = Resource("equipment_admin", "Equipment and packages", "System Management", verbs=("view", "modify"))

RESOURCES = (equipment, equipment_admin)
