"""What do the tests of the office share? Counting the questions that a page asks the database."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext


@pytest.fixture
def questions() -> Callable[..., int]:
    """`questions(client, path)`: how many statements the answer takes; the answer must be 200."""

    def count(client, path: str) -> int:
        client.get(path)  # what is asked once per process is not the page's
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(path)
        assert answer.status_code == 200, answer.content[:500]
        return len(captured)

    return count
