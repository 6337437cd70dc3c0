"""How do accounts behave here? By invitation only: nobody signs up from outside."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from alarmdesk.company.models import Company, User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  allauth's own signature
        return False


def send_invitation(user: User, company: Company, *, invited_by: str) -> None:
    """Mail the person a link: to choose a password where the account has none, else to sign in.

    The same words either way but for the link, so that nobody who reads over a shoulder learns of other companies.
    Raises OSError (smtplib's errors among them) when the mail server does not take it.
    """
    words = {
        "company": company,
        "invited_by": invited_by,
        "name": user.name,
        "is_new": not user.has_usable_password(),
        "link": way_in(user),
    }
    mail = EmailMultiAlternatives(
        subject=f"{company.name} has given you a place in AlarmDesk",
        body=render_to_string("office/mail/invitation.txt", words),
        to=[user.email],
    )
    mail.attach_alternative(render_to_string("office/mail/invitation.html", words), "text/html")
    mail.send()


def way_in(user: User) -> str:
    """The address at which somebody comes in for the first time: to choose a password where there is none, once."""
    if user.has_usable_password():
        return settings.SITE_URL + reverse("account_login")
    return settings.SITE_URL + reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)},
    )
