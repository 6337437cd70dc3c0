"""Which addresses has the room? All under the company's slug."""

from django.urls import path

from alarmdesk.payments.views import auto_pay, dunning, gateway, methods, payments, taking

app_name = "payments"
urlpatterns = [
    path("payments/", payments.of_company, name="list"),
    path("payments/<int:pk>/", payments.page, name="payment"),
    path("customers/<int:customer>/payments/", payments.of_customer, name="of_customer"),
    path("customers/<int:customer>/payments/take/", taking.take, name="take"),
    path("customers/<int:customer>/payments/pay/", taking.pay, name="pay"),
    path("customers/<int:customer>/billing/", methods.methods, name="methods"),
    path("customers/<int:customer>/billing/new/", methods.new, name="method_new"),
    path("customers/<int:customer>/billing/card/", methods.hosted, {"kind": "card"}, name="card_new"),
    path("customers/<int:customer>/billing/bank-account/", methods.hosted, {"kind": "ach"}, name="bank_new"),
    path("customers/<int:customer>/billing/manual/", methods.manual, name="manual_new"),
    path("billing-methods/<int:pk>/default/", methods.default, name="method_default"),
    path("billing-methods/<int:pk>/remove/", methods.remove, name="method_remove"),
    path("customers/<int:customer>/recurring/new/auto-pay/", auto_pay.recurring_new, name="recurring_new"),
    path("recurring/<int:pk>/auto-pay/", auto_pay.change, name="auto_pay"),
    path("recurring/<int:pk>/auto-pay/end/", auto_pay.end, name="auto_pay_end"),
    path("customers/<int:customer>/promise/", dunning.promise, name="promise"),
    path("customers/<int:customer>/promise/end/", dunning.promise_end, name="promise_end"),
    path("settings/collections/", dunning.collections, name="collections"),
    path("settings/gateway/", gateway.page, name="gateway"),
    path("settings/gateway/save/", gateway.save, name="gateway_save"),
    path("settings/gateway/test/", gateway.test, name="gateway_test"),
]
