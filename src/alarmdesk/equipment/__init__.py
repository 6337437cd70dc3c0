"""What hangs on whose walls? The dealer's catalogue of equipment, packages of it, and the pieces at each customer.

Nouns: equipment, package, piece. Verbs: add, add a package, change, install, remove, put back.
Refuses to know: what was invoiced (the room above links lines and pieces) and which zone of a system a piece reports
to the station (monitoring keeps the station's own list).
"""
