"""How do credit bureaus answer? Two of them, each in its own XML over HTTP, with one memory of who was asked about.

Neither bureau's manual is public as a whole; what stands here follows the fields that dealers' systems ask for
(domain.md B8) and the element names that their integrators show. What is assumed says so where it stands.
"""
