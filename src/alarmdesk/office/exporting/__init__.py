"""How does a company's data leave as CSV? Customers, invoices with their lines, payments.

docs/exports.md tells the columns.
"""
