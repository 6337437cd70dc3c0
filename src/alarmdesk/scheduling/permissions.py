"""What can be granted on appointments?

`view` shows everybody's; whoever goes out holds `own` instead, sees the appointments that they are on, and reports on
those: on my way, on site, done.
"""

from alarmdesk.company.permissions import Resource

appointments = Resource("appointments", "Appointments", "Customer", special={"own": "Own Appointments"})
scheduling_admin = Resource("scheduling_admin", "Technicians", "System Management", verbs=("view", "modify"))
OWN = appointments.may("own")

RESOURCES = (appointments, scheduling_admin)
