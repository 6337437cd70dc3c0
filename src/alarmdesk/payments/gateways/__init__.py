"""How do we speak with the companies that move the money? Through one narrow port; a vendor's words stop here."""
