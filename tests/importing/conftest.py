"""A desk at which files are brought in, and a neighbour's."""

import pytest


@pytest.fixture
def desk():
    from alarmdesk.office.importing.testing import make_desk

    return make_desk()


@pytest.fixture
def rival():
    from alarmdesk.office.importing.testing import make_desk

    return make_desk()
