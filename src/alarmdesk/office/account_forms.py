"""What do the forms of signing in call their boxes? As our other forms do, and nothing stands in them before typing."""

from typing import Any

from allauth.account import forms

LABELS = {
    "login": "Email address",
    "email": "Email address",
    "password": "Password",
    "remember": "Keep me signed in on this computer",
    "oldpassword": "Your password now",
    "password1": "New password",
    "password2": "New password once more",
}


class _InOurWords:
    """Gives the boxes of one of the library's forms their names."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = LABELS.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)


class LoginForm(_InOurWords, forms.LoginForm):  # type: ignore[misc]
    pass


class ResetPasswordForm(_InOurWords, forms.ResetPasswordForm):  # type: ignore[misc]
    pass


class ResetPasswordKeyForm(_InOurWords, forms.ResetPasswordKeyForm):  # type: ignore[misc]
    pass


class ChangePasswordForm(_InOurWords, forms.ChangePasswordForm):  # type: ignore[misc]
    pass


class AddEmailForm(_InOurWords, forms.AddEmailForm):  # type: ignore[misc]
    pass


class ReauthenticateForm(_InOurWords, forms.ReauthenticateForm):  # type: ignore[misc]
    pass
