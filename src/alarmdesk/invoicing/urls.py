"""Which addresses has the room? All under the company's slug."""

from django.urls import path

from alarmdesk.invoicing.views import invoice, listing, printing, recurring, recurring_pages, settings, taxes, writing

app_name = "invoicing"
urlpatterns = [
    path("invoices/", listing.of_company, name="list"),
    path("customers/<int:customer>/invoices/", listing.of_customer, name="of_customer"),
    path("customers/<int:customer>/invoices/new/", writing.new, name="new"),
    path("customers/<int:customer>/invoices/new/sheet/", writing.sheet, name="sheet"),
    path("invoices/<int:pk>/", invoice.page, name="invoice"),
    path("invoices/<int:pk>/pdf/", invoice.pdf, name="pdf"),
    path("invoices/<int:pk>/preview/", invoice.preview, name="preview"),
    path("invoices/<int:pk>/void/", invoice.void, name="void"),
    path("invoices/<int:pk>/email/", invoice.email, name="email"),
    path("reports/printing/", printing.printouts, name="printouts"),
    path("reports/printing/new/", printing.new, name="print_new"),
    path("reports/printing/<int:pk>/", printing.page, name="printout"),
    path("reports/printing/<int:pk>/progress/", printing.progress, name="print_progress"),
    path("reports/printing/<int:pk>/cancel/", printing.cancel, name="print_cancel"),
    path("reports/printing/<int:pk>/file/", printing.file, name="printout_file"),
    path("recurring/", recurring_pages.of_company, name="recurring_list"),
    path("customers/<int:customer>/recurring/", recurring_pages.of_customer, name="recurring_of_customer"),
    path("customers/<int:customer>/recurring/new/", recurring.new, name="recurring_new"),
    path("customers/<int:customer>/recurring/new/sheet/", recurring.sheet, name="recurring_sheet"),
    path("recurring/<int:pk>/", recurring_pages.page, name="recurring"),
    path("recurring/<int:pk>/end/", recurring_pages.end, name="recurring_end"),
    path("recurring/<int:pk>/delete/", recurring_pages.delete, name="recurring_delete"),
    path("settings/items/", settings.items, name="items"),
    path("settings/items/new/", settings.adding(settings.ITEM), name="item_new"),
    path("settings/items/<int:pk>/", settings.changing(settings.ITEM), name="item"),
    path("settings/items/<int:pk>/delete/", settings.deleting(settings.ITEM), name="item_delete"),
    path("settings/terms/", settings.terms, name="terms"),
    path("settings/terms/new/", settings.adding(settings.TERM), name="term_new"),
    path("settings/terms/<int:pk>/", settings.changing(settings.TERM), name="term"),
    path("settings/terms/<int:pk>/delete/", settings.deleting(settings.TERM), name="term_delete"),
    path("settings/taxes/", taxes.taxes, name="taxes"),
    path("settings/taxes/new/", settings.adding(settings.TAX), name="tax_new"),
    path("settings/taxes/<int:pk>/", settings.changing(settings.TAX), name="tax"),
    path("settings/taxes/<int:pk>/delete/", settings.deleting(settings.TAX), name="tax_delete"),
    path("settings/taxes/exemptions/", taxes.exemption, name="exemption"),
    path("customers/<int:customer>/tax/", taxes.customer_tax, name="customer_tax"),
    path("settings/parked/", taxes.parked, name="parked"),
    path("settings/parked/<int:pk>/release/", taxes.release, name="release"),
]
