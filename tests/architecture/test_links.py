"""Does every address that is named in a template or a module lead somewhere?"""

import re

from tests.architecture.test_doors import SOURCE, doors

SPACES = "office|customers|equipment|monitoring|scheduling|credit|invoicing|payments|portal|tickets|imports|exports"
LINK = re.compile(rf"""["']((?:{SPACES}):[a-z_]+)["']""")
NAMES = {door.name for door in doors()}


def test_every_link_in_templates_and_modules_leads_somewhere():
    dead = []
    for path in [*SOURCE.rglob("*.html"), *SOURCE.rglob("*.py")]:
        dead += [f"{path.relative_to(SOURCE)}: {name}" for name in LINK.findall(path.read_text()) if name not in NAMES]
    assert dead == []
