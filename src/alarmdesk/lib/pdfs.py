"""How does a view answer with a PDF? Shown by the browser, also in a page of ours, or saved; kept by no cache."""

from django.http import HttpResponse

TYPE = "application/pdf"


def pdf_answer(content: bytes, file_name: str, *, download: bool = False) -> HttpResponse:
    """The PDF under a file name of ours (letters, digits, hyphens). Our own pages may frame it, nobody else's."""
    answer = HttpResponse(content, content_type=TYPE)
    answer["Content-Disposition"] = f'{"attachment" if download else "inline"}; filename="{file_name}"'
    answer["Cache-Control"] = "private, no-store"
    answer["X-Frame-Options"] = "SAMEORIGIN"
    answer._csp_replace = {"frame-ancestors": ["'self'"]}  # type: ignore[attr-defined]  # as csp.decorators does
    return answer
