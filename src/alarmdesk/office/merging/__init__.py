"""Two records turn out to be of one customer: which stays, what moves to it, and why may it not be? (decision 47)"""
