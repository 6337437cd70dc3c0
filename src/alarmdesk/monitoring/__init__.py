"""Who watches over whom, and under which number? Monitoring companies, and each customer's one connection to one.

Nouns: monitoring company, block of account numbers, system, zone, test. Verbs: connect, change, disconnect, take out of
service, place on test, take off test, find the next free number.
Refuses to know: which piece of equipment stands in a zone (equipment keeps its own; the office shows both) and what
monitoring costs (invoicing).
"""
