"""How does the NMI payment gateway answer (Direct Post, Query, Customer Vault, Collect.js)?

What the public documents say is followed and marked "docs"; what real answers quoted in public projects show is
marked "seen"; what neither tells is marked "assumed".
"""
