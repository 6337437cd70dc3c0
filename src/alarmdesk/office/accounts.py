"""How do accounts behave here? By invitation only: nobody signs up from outside."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from alarmdesk.company.actions import sole_portal
from alarmdesk.company.models import Company, User
from alarmdesk.messaging.layout import framed


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Invitations only, errors in our words, and no address in `next` that is none."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "This account is closed. Ask the company that gave it to you.",
        "cannot_remove_primary_email": "This is the address that you sign in with. Choose another one first.",
        "duplicate_email": "You have this address already.",
        "email_password_mismatch": "The email address or the password is wrong.",
        "email_taken": "Another account has this address.",
        "enter_current_password": "This is not your password now.",
        "incorrect_code": "This code is wrong. Codes are good for a short time only: take the one that is shown now.",
        "incorrect_password": "This is not your password.",
        "invalid_login": "The email address or the password is wrong.",
        "invalid_or_expired_key": "This link is not good any more. Ask for a new one.",
        "invalid_password_reset": "This link is not good any more. Ask for a new one.",
        "max_email_addresses": "An account has at most %d addresses.",
        "rate_limited": "That was too often. Wait a few minutes, then try again.",
        "same_as_current": "This is what it is already.",
        "too_many_login_attempts": "Too many tries with a wrong password. Wait a few minutes, then try again.",
        "unknown_email": "No account has this address.",
        "unverified_primary_email": "Confirm the address first: look for our email to it.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  allauth's own signature
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """With the name of the dealer whose customer it goes to; customers do not know AlarmDesk."""
        user = context.get("user")
        super().send_mail(template_prefix, email, {**context, "dealer": sole_portal(user) if user else None})

    def is_safe_url(self, url: str) -> bool:
        """Whether `next` leads to a page of ours; what cannot even be read as an address does not."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
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
    subject = f"{company.name} has given you a place in AlarmDesk"
    body = render_to_string("office/mail/invitation.txt", words)
    mail = EmailMultiAlternatives(subject=subject, body=body, to=[user.email])
    html = framed(subject, body, render_to_string("office/mail/invitation.html", words), company)
    mail.attach_alternative(html, "text/html")
    mail.send()


def way_in(user: User) -> str:
    """The address at which somebody comes in for the first time: to choose a password where there is none, once."""
    if user.has_usable_password():
        return settings.SITE_URL + reverse("account_login")
    return settings.SITE_URL + reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)},
    )
