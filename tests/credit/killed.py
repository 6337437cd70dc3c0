"""Who is killed while a bureau is asked? A process that runs one check: SLUG CUSTOMER BUREAU TOKEN NOW."""

import datetime as dt
import sys


def main() -> None:
    import django

    django.setup()
    from alarmdesk.company.entering import SYSTEM, inside
    from alarmdesk.company.models import Company
    from alarmdesk.credit.inquiring import run_credit
    from alarmdesk.credit.models import Bureau
    from alarmdesk.credit.testing import make_wish
    from alarmdesk.customers.models import Customer

    slug, customer, bureau, token, now = sys.argv[1:]
    company = Company.objects.get(slug=slug)
    with inside(company):
        wish = make_wish(Customer.objects.get(pk=customer), Bureau.objects.get(pk=bureau), token=token)
    run_credit(company, wish, now=lambda: dt.datetime.fromisoformat(now), actor=SYSTEM)


if __name__ == "__main__":
    main()
