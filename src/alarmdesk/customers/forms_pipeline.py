"""What does one type about the selling to a lead?"""

from collections.abc import Sequence
from typing import Any

from django import forms

from alarmdesk.company.models import Company, User
from alarmdesk.customers.forms import Dollars, sales_reps
from alarmdesk.customers.models import Customer, LeadStage, Opportunity
from alarmdesk.lib.fields import DateInput

LOST = "Why was it lost?"


class StageForm(forms.ModelForm):  # type: ignore[type-arg]
    """A stage of the settings."""

    class Meta:
        model = LeadStage
        fields = ("name",)


class LoseForm(forms.Form):
    """Why a lead was lost."""

    lost_reason = forms.CharField(
        label=LOST, max_length=200, error_messages={"required": "Say in a few words why it was lost."},
        widget=forms.TextInput(attrs={"autofocus": True}),
    )  # fmt: skip


class OpportunityForm(forms.Form):
    """All that is known of the selling to one lead."""

    stage = forms.ModelChoiceField(LeadStage.objects.none(), empty_label=None)
    expected_mmr = Dollars(label="Expected MMR")
    source = forms.CharField(
        max_length=60, required=False, help_text="Where the lead came from.",
        widget=forms.TextInput(attrs={"list": "lead-sources", "autocomplete": "off"}),
    )  # fmt: skip
    sales_rep = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Nobody")
    next_step = forms.CharField(max_length=160, required=False)
    next_step_on = forms.DateField(label="On", required=False, widget=DateInput())
    lost_reason = forms.CharField(label=LOST, max_length=200, required=False, help_text="Only where it was lost.")

    def __init__(
        self, *args: Any, company: Company, lead: Customer, held: Opportunity, stages: Sequence[LeadStage],
        **kwargs: Any,
    ) -> None:  # fmt: skip
        names = ("expected_mmr", "source", "next_step", "next_step_on", "lost_reason")
        super().__init__(*args, **kwargs)
        self.initial = {name: getattr(held, name) for name in names}
        self.initial |= {"stage": held.stage_id, "sales_rep": lead.sales_rep_id}
        offered = [stage.pk for stage in stages if stage.outcome != LeadStage.Outcome.WON]
        self._choose("stage", LeadStage.objects.filter(pk__in=offered))
        self._choose("sales_rep", sales_reps(company, lead))

    def _choose(self, name: str, among: Any) -> None:
        field: Any = self.fields[name]
        field.queryset = among

    def clean(self) -> dict[str, Any]:
        """What was lost has a reason."""
        given: dict[str, Any] = super().clean() or {}
        stage = given.get("stage")
        if stage and stage.is_lost and not given.get("lost_reason") and "lost_reason" not in self.errors:
            self.add_error("lost_reason", "Say in a few words why it was lost.")
        return given
