"""Who goes where, and when? Technicians, their hours, and appointments at customers: Install, Service, Removal (F32).

Nouns: technician, working hours, day off, appointment, assignment. Verbs: plan, move, put back, set out, arrive,
finish, cancel, remind, offer free times, feed a calendar.
Refuses to know: what is installed (equipment), what is watched (monitoring) and what any of it costs (invoicing).
"""
