"""What must somebody do, and what is remembered of a customer? The pages of notes and tickets, and the mail to whoever
is given one. Their rows and rules are the customers' (customers/ticketing.py).
"""
