"""How does Stripe answer (REST API v1, webhooks, Stripe.js)?

Enough of it that the official Python package works unchanged but for its address. What Stripe's documents say is
followed and marked "docs"; what neither they nor real answers tell is marked "assumed". Every object is a JSON
document; what moves money is also a row of the statement that all dialects share.
"""
