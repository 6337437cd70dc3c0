"""Whom do we sell to and monitor? Leads and customers, in one table with a stage.

Nouns: customer, address, phone, import, contact, agency, tag. Verbs: add, change, convert, cancel, reinstate, find,
import, undo an import, call, send, tag.
Refuses to know: invoices and payments (the rooms above hang theirs on the customer).
"""
