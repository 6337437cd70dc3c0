"""How does the office write a document, a schedule, or a billing setting? One module per noun."""
