"""How does a job go round all dealers? One after another, and one's trouble does not keep the others waiting."""

import logging
from collections.abc import Callable

from django.db import close_old_connections

from alarmdesk.company.models import Company


def go_round(work: Callable[[Company], object], *, log: logging.Logger, trouble: str) -> None:
    """Do `work` for every open company, with none entered and no transaction open. What it raises is logged with
    `trouble`, in which %s is the company.
    """
    close_old_connections()
    for company in Company.objects.defer("logo").filter(closed_at=None).order_by("pk"):
        try:
            work(company)
        except Exception:
            log.exception(trouble, company.slug)
            close_old_connections()
