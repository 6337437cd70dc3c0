"""Does .env.example list exactly the variables that the program reads, with the defaults that it has?"""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "alarmdesk"
EXAMPLE = (ROOT / ".env.example").read_text()
READERS = {"os.environ.get", "os.getenv", "os.environ.setdefault", "_flag", "_list"}
# the machine's own, and Django's, which only ever has one value
NOT_OURS = {"PATH", "DJANGO_SETTINGS_MODULE"}
# read by tests alone
OF_TESTS = {"TEST_DATABASE_URL", "CHROMIUM"}
LISTED = dict(re.findall(r"^#?([A-Z][A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))
SET = dict(re.findall(r"^([A-Z][A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))


def read_by_the_program() -> Iterator[tuple[str, str | None]]:
    """Each variable that a module of ours reads, and its default as text where the code has one written out."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in READERS:
                yield from _called(node)
            elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
                yield from _named(node.slice)
            elif isinstance(node, ast.keyword) and node.arg == "envvar":
                yield from _named(node.value)


def _called(call: ast.Call) -> Iterator[tuple[str, str | None]]:
    default = call.args[1] if len(call.args) > 1 else next((one.value for one in call.keywords), None)
    text = str(default.value) if isinstance(default, ast.Constant) else None
    yield from ((name, text) for name, _ in _named(call.args[0]))


def _named(node: ast.expr) -> Iterator[tuple[str, str | None]]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in NOT_OURS:
        yield node.value, None


def test_every_variable_that_is_read_is_listed_and_none_else():
    read = {name for name, _ in read_by_the_program()}
    assert len(read) > 20
    assert read | OF_TESTS == set(LISTED)


def test_the_listed_defaults_are_the_programs_own():
    wrong = {
        name: (SET[name], default)
        for name, default in read_by_the_program()
        if default and name in SET and shlex.split(SET[name])[0].lower() != default.lower()
    }
    assert wrong == {}


def test_a_shell_can_read_the_file():
    for name, value in SET.items():
        assert len(shlex.split(value)) <= 1, f"{name}={value} is more than one word to a shell"
        assert not set("<>|&;$`(") & set(value) or value[0] in "\"'", f"{name}={value} means something to a shell"


def test_every_variable_stands_in_the_manual():
    manual = (ROOT / "docs" / "operating.md").read_text()
    assert [name for name in SET if f"`{name}`" not in manual] == []
