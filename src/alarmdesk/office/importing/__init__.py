"""How do customers come in from another system, with their billing, and go out again when it was a mistake?

Nouns: import (a file and its run), mapping (how to read it), problem (a bad cell), subscriber (a row that was read).
Verbs: keep a file, check it, import it, store its test methods, undo it.
The rows of customers, recurring invoices and billing methods are written by their own rooms (bulk.py there).
"""
