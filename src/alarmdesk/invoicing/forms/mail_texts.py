"""What does a company say in its mails, and under which name do they leave?"""

from typing import Any

from django import forms

from alarmdesk.messaging.models import MailSender, MailText
from alarmdesk.messaging.texts import Letter, Unwordable, check


class TextForm(forms.ModelForm):  # type: ignore[type-arg]
    """The words of one kind of letter."""

    class Meta:
        model = MailText
        fields = ("subject", "body")
        widgets = {"body": forms.Textarea(attrs={"rows": 14})}
        help_texts = {"body": "An empty line begins a paragraph. A line in which a placeholder is empty is left out."}

    def __init__(self, *args: Any, letter: Letter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._letter = letter
        self.fields["subject"].widget.attrs["class"] = "wide"

    def clean_subject(self) -> str:
        return self._checked("subject")

    def clean_body(self) -> str:
        return self._checked("body")

    def _checked(self, name: str) -> str:
        words: str = self.cleaned_data[name].replace("\r\n", "\n")
        try:
            check(self._letter, words, is_subject=name == "subject")
        except Unwordable as wrong:
            raise forms.ValidationError(str(wrong)) from None
        return words


class SenderForm(forms.ModelForm):  # type: ignore[type-arg]
    """The name on the mails and the address for answers."""

    class Meta:
        model = MailSender
        fields = ("name", "reply_to")
        help_texts = {
            "name": "What customers see as the sender. Left empty: your company's name.",
            "reply_to": "Where their answers go. Left empty: your company's e-mail.",
        }

    def clean_name(self) -> str:
        """Refuses what a header cannot carry."""
        typed: str = self.cleaned_data["name"]
        if any(sign in typed for sign in '<>"\r\n'):
            raise forms.ValidationError("A name has no angle brackets, quotation marks or line breaks.")
        return typed
