"""Which table remembers the customers who turned out to be somebody whom the company had already?"""

from typing import ClassVar

from django.db import models

from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models.people import Customer


class Merge(models.Model):
    """Two records were of one customer: `customer` was kept, the row `merged_id` is gone and leads there. What hung on
    it, counted by kind when it moved. Rows that never change may change their customer along such a row, and not
    otherwise (decision 47).
    """

    company = CompanyKey(related_name="merges")
    customer = Link(Customer, related_name="merges")
    merged_id = models.BigIntegerField()
    name = models.CharField("merged record", max_length=170)
    account_number = models.CharField("account number of the merged record", max_length=40)
    moved = models.JSONField(default=dict)
    merged_at = models.DateTimeField()
    merged_by = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "merged_id"], name="customers_merged_once"),
            models.CheckConstraint(
                condition=~models.Q(customer=models.F("merged_id")), name="customers_merged_into_another"
            ),
        ]

    def __str__(self) -> str:
        return f"Merged record {self.name}, {self.account_number}"
