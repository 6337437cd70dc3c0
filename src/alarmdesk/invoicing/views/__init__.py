"""What does the office see of invoices, recurring invoices and billing settings? One module per noun."""
