"""What stands in the sidebar and in the tabs of a customer?"""

from typing import Any

from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context for the office frame: nothing outside of a company."""
    return {}
