"""What do we write to people? The outbox: a message is a row of the transaction that caused it.

Nouns: message. Verbs: queue, deliver. Refuses to know: what an invoice or a receipt is (the room that writes one
hands over the words).
"""
