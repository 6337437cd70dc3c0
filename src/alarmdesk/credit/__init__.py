"""Who is good for it? Credit bureaus, what they said of leads and customers, and the letter that a refusal takes.

Nouns: bureau, credit report, the rules of the company (grades, guards), adverse action letter. Verbs: run, enter by
hand, apply, take off, decline with a letter, forget.
Refuses to know: what a good score buys (invoicing prices, the office decides), and any Social Security number longer
than the call of the bureau lasts.
"""
