"""What does a customer owe, and since when? Billable items, taxes, invoices, recurring invoices and the nightly run.

Nouns: billable item, term, state tax, invoice (and quote, credit), line, recurring invoice, billing period, parked
account. Verbs: issue, void, schedule, generate. Refuses to know: how anything is paid (payments, the room above).
"""
