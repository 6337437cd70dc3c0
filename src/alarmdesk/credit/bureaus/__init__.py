"""How do we ask a credit bureau? Through one narrow port; a bureau's words stop at its adapter."""
