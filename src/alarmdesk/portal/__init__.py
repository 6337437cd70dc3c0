"""What do the dealer's customers see? Their invoices, their payments, their billing methods.

Nouns: account holder. A face: it asks the rooms below and keeps hardly anything itself.
"""
