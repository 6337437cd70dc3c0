"""Which addresses has the room? All under the company's slug."""

from django.urls import path

from alarmdesk.portal.views import access, account, entering, guests, links, methods, paying

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
    path("portal/pay/", paying.pay, name="pay"),
    path("portal/methods/", methods.methods, name="methods"),
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
    path("invoices/<int:pk>/pay-link/", links.of_invoice, name="link_of_invoice"),
    path("invoices/<int:pk>/pay-link/withdraw/", links.withdraw_of_invoice, name="link_of_invoice_withdraw"),
    path("customers/<int:customer>/pay-link/", links.of_balance, name="link_of_balance"),
    path("customers/<int:customer>/pay-link/withdraw/", links.withdraw_of_customer, name="link_of_balance_withdraw"),
    path("customers/<int:customer>/portal/", access.access, name="access"),
    path("customers/<int:customer>/portal/invite/", access.invite, name="invite"),
    path("portal-access/<int:pk>/end/", access.end, name="access_end"),
]
