"""Who are we, who may, who did? The ground floor.

Nouns: company, user, staff, group, grant, series, run, trail entry. Verbs: enter a company, admit a person,
give out numbers, start and finish a run. Refuses to know: customers, money, anything of alarms.
"""
