"""Which files are kept on a customer (F27)?"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from alarmdesk.company.walls import CompanyKey, Link
from alarmdesk.customers.models.people import Customer

PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
PDF = "application/pdf"


class CustomerFile(models.Model):
    """A file of any kind, on a lead or customer. `key` is its name in the storage and says nothing of it; `media_type`
    is told by the content, never by the name. A removed one can be put back until it is erased.
    """

    company = CompanyKey(related_name="customer_files")
    customer = Link(Customer, models.CASCADE, related_name="files", indexed=False)
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=100)
    size = models.BigIntegerField("size in bytes")
    digest = models.CharField("SHA-256", max_length=64)
    media_type = models.CharField(max_length=120)
    kept_at = models.DateTimeField("kept")
    kept_by = models.CharField("kept by", max_length=120)
    removed_at = models.DateTimeField("deleted", null=True, blank=True)
    removed_by = models.CharField("deleted by", max_length=120, blank=True, default="")
    erased_at = models.DateTimeField("erased", null=True, blank=True)

    class Meta:
        verbose_name = "file"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "key"], name="customers_file_key_once"),
            models.CheckConstraint(condition=Q(size__gte=0), name="customers_file_size"),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "customer", "-id"], name="customers_files_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        return self.media_type in PICTURES

    @property
    def can_be_shown(self) -> bool:
        """Whether a browser may show it; anything else is only ever downloaded."""
        return self.is_picture or self.media_type == PDF

    @property
    def kind(self) -> str:
        """What it is, in a word."""
        if self.is_picture:
            return "Picture"
        if self.media_type == PDF:
            return "PDF"
        family = self.media_type.partition("/")[0]
        return {"text": "Text", "image": "Picture file", "video": "Video", "audio": "Sound"}.get(family, "File")


class FileQuota(models.Model):
    """How many bytes a company may keep, where that is not what the installation gives to everyone. One row at most;
    whoever keeps a file holds it for a moment, so that two uploads never fill the same room.
    """

    company = CompanyKey(related_name="file_quotas")
    most = models.BigIntegerField("bytes at most", null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company"], name="customers_file_quota_once"),
            models.CheckConstraint(condition=Q(most__isnull=True) | Q(most__gte=0), name="customers_file_quota"),
        ]
