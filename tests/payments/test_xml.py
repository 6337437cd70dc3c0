"""XML of others: read, and refused where it declares what attacks are made of."""

import pytest

from alarmdesk.lib.xml import ParseError, parse

SWELLS = """<?xml version="1.0"?>
<!DOCTYPE a [<!ENTITY one "ha"><!ENTITY two "&one;&one;&one;">]>
<a>&two;</a>"""
READS_A_FILE = """<!DOCTYPE a [<!ENTITY file SYSTEM "file:///etc/hostname">]><a>&file;</a>"""


def test_a_report_is_read() -> None:
    root = parse('<?xml version="1.0" encoding="UTF-8"?>\n<a><b>Köhler &amp; Sons &#8212; <![CDATA[<x>]]></b></a>')
    assert root.findtext("b") == "Köhler & Sons — <x>"


@pytest.mark.parametrize("text", [SWELLS, READS_A_FILE, "<a>&swells;</a>", "<a>", "", "Bad Gateway"])
def test_what_attacks_or_is_none_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        parse(text)
