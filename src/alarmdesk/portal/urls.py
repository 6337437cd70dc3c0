"""Which addresses has the room? All under the company's slug."""

from django.urls import path

from alarmdesk.portal.views import access, account, entering, guests, links, methods, paying, quotes, statements

app_name = "portal"
urlpatterns = [
    path("portal/", account.home, name="home"),
    path("portal/total/", account.total, name="total"),
    path("portal/accounts/", account.accounts, name="accounts"),
    path("portal/paid/", account.paid, name="paid"),
    path("portal/receipts/", account.payments, name="receipts"),
    path("portal/receipts/<int:pk>/", account.receipt, name="receipt"),
    path("portal/receipts/<int:pk>/pdf/", account.receipt_pdf, name="receipt_pdf"),
    path("portal/invoices/<int:pk>/pdf/", account.pdf, name="pdf"),
    path("portal/statements/", statements.statements, name="statements"),
    path("portal/statements/<int:pk>/pdf/", statements.pdf, name="statement_pdf"),
    path("portal/pay/", paying.pay, name="pay"),
    path("portal/methods/", methods.methods, name="methods"),
    path("portal/reminders/", methods.reminders, name="reminders"),
    path("portal/methods/card/", methods.hosted, {"kind": "card"}, name="card_new"),
    path("portal/methods/bank-account/", methods.hosted, {"kind": "ach"}, name="bank_new"),
    path("portal/methods/<int:pk>/default/", methods.default, name="method_default"),
    path("portal/methods/<int:pk>/remove/", methods.remove, name="method_remove"),
    path("portal/auto-pay/<int:pk>/end/", methods.end_auto_pay, name="auto_pay_end"),
    path("portal/invitation/<str:token>/", entering.invitation, name="invitation"),
    path("pay/<str:token>/", guests.pay, name="pay_link"),
    path("pay/<str:token>/card/", guests.pay, {"kind": "card"}, name="pay_link_card"),
    path("pay/<str:token>/bank-account/", guests.pay, {"kind": "ach"}, name="pay_link_bank"),
    path("pay/<str:token>/invoices/<int:pk>/", guests.pdf, name="pay_link_pdf"),
    path("receipt/<str:token>/", guests.receipt, name="guest_receipt"),
    path("quote/<str:token>/", quotes.page, name="quote"),
    path("quote/<str:token>/accept/", quotes.accept, name="quote_accept"),
    path("quote/<str:token>/decline/", quotes.decline, name="quote_decline"),
    path("quote/<str:token>/pdf/", quotes.pdf, name="quote_pdf"),
    path("invoices/<int:pk>/quote-link/", links.of_quote, name="link_of_quote"),
    path("invoices/<int:pk>/quote-link/withdraw/", links.withdraw_of_quote, name="link_of_quote_withdraw"),
    path("invoices/<int:pk>/pay-link/", links.of_invoice, name="link_of_invoice"),
    path("invoices/<int:pk>/pay-link/withdraw/", links.withdraw_of_invoice, name="link_of_invoice_withdraw"),
    path("customers/<int:customer>/pay-link/", links.of_balance, name="link_of_balance"),
    path("customers/<int:customer>/pay-link/withdraw/", links.withdraw_of_customer, name="link_of_balance_withdraw"),
    path("customers/<int:customer>/portal/", access.access, name="access"),
    path("customers/<int:customer>/portal/invite/", access.invite, name="invite"),
    path("portal-access/<int:pk>/end/", access.end, name="access_end"),
]
