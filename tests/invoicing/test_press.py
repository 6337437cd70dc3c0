"""What does the press leave behind? Nothing of a customer, whatever happens."""

from contextlib import closing

import pytest
import typst

from alarmdesk.invoicing.press import NOTHING, TEMPLATE, Press

PAPER = NOTHING.replace('"papers": []', '"papers": [{"title": "Dana Whitfield"}]')


def test_no_data_stays_in_the_folder_even_of_a_paper_that_cannot_be_drawn():
    with closing(Press(TEMPLATE)) as press:
        assert press.pdf(NOTHING, b"", 0, tags=False).startswith(b"%PDF")
        with pytest.raises(typst.TypstError):
            press.pdf(PAPER, b"", 0, tags=False)
        assert (press._folder / "told.json").read_bytes() == b""
    assert not press._folder.exists()
