"""Walls around the schedule; a customer's History tells of appointments and of who is on them.

An assignment's times are those of its appointment: the key follows, so that PostgreSQL can hold them against the
technician's other assignments (decision 39).
"""

from django.db import migrations

from alarmdesk.company.walls import Wall

TIMES_FOLLOW = """
alter table scheduling_assignment add constraint scheduling_assignment_times
foreign key (company_id, appointment_id, starts_at, ends_at)
references scheduling_appointment (company_id, id, starts_at, ends_at) on update cascade
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0001_initial"), ("customers", "0002_walls")]

    operations = [
        Wall("Technician", trail=""),
        Wall("WorkingHours", trail=""),
        Wall("DayOff", trail=""),
        Wall("Appointment", trail="customer_id"),
        Wall(
            "Assignment",
            trail="scheduling_appointment.appointment_id",
            untracked=("starts_at", "ends_at", "released_at"),
        ),
        Wall("Notice", trail=None),
        migrations.RunSQL(TIMES_FOLLOW),
    ]
