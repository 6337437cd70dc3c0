"""What does the office ask for when it writes to a customer?"""

from django import forms

from alarmdesk.office.writing import MOST_TOKENS


class WriteForm(forms.Form):
    """A mail. `token` makes two presses one mail."""

    token = forms.IntegerField(min_value=0, max_value=MOST_TOKENS, widget=forms.HiddenInput)
    to = forms.EmailField(label="To", max_length=254, help_text="Does not change the customer's own address.")
    subject = forms.CharField(label="Subject", max_length=200)
    text = forms.CharField(
        label="Message", max_length=20_000, widget=forms.Textarea(attrs={"rows": 12, "dir": "auto"}), strip=False
    )

    def clean_text(self) -> str:
        """Its own line ends, and something said."""
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")
        if not text.strip():
            raise forms.ValidationError("Write something.")
        return text
