"""How is what is owed paid? Billing methods, Auto Pay, payments, attempts at the gateway, allocations.

Nouns: gateway, billing method, Auto Pay, payment, attempt, allocation. Verbs: take a payment, charge what is due,
ask about the unknown, allocate, settle. Refuses to know: who is looking (office, portal, api).
"""
