"""Does everything stand where the floor plan has it, and is nothing too large?"""

import ast
import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "alarmdesk"
MODULES = sorted(
    path
    for folder in ("src", "tests", "bench")
    for path in (ROOT / folder).rglob("*.py")
    if "__pycache__" not in path.parts
)
LONGEST_FILE, LONGEST_FUNCTION = 400, 40
DRAWERS = {"utils", "helpers", "common", "core", "base", "misc", "manager", "services", "handlers"}
# Django names the module of a database engine itself
NAMED_BY_OTHERS = {SOURCE / "lib" / "postgresql" / "base.py"}


def floors() -> list[set[str]]:
    """The rooms from the top floor down, as .importlinter has them."""
    plan = configparser.ConfigParser()
    plan.read(ROOT / ".importlinter")
    lines = plan["importlinter:contract:floors"]["layers"].split("\n")
    return [{room.strip().removeprefix("alarmdesk.") for room in line.split("|")} for line in lines if line.strip()]


def floor_of(room: str) -> int:
    return next(height for height, rooms in enumerate(reversed(floors())) if room in rooms)


def test_every_room_has_a_floor():
    rooms = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    placed = set().union(*floors())
    assert rooms <= placed


def test_imports_go_down_only():
    program = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert program, "import-linter belongs to the development requirements"
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_foreign_key_points_down_or_to_its_own_room():
    up = []
    for model in apps.get_models():
        room = model.__module__.split(".")
        if room[0] != "alarmdesk":
            continue
        for one in model._meta.local_fields:
            if isinstance(one, models.ForeignKey):
                target = one.remote_field.model.__module__.split(".")
                if target[0] == "alarmdesk" and target[1] != room[1] and floor_of(target[1]) >= floor_of(room[1]):
                    up.append(f"{model.__name__}.{one.name} -> {one.remote_field.model.__name__}")
    assert up == []


def test_no_file_is_longer_than_four_hundred_lines():
    written = [path for path in MODULES if path.name != "0001_initial.py"]  # Django writes those
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in written}
    assert {name: lines for name, lines in long.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_longer_than_forty_lines():
    long = []
    for path in MODULES:
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name} {lines}")
    assert long == []


def test_no_module_is_a_drawer():
    drawers = [path for path in MODULES if path.stem in DRAWERS and path not in NAMED_BY_OTHERS]
    drawers += [path for path in SOURCE.rglob("*") if path.is_dir() and path.name in DRAWERS]
    assert drawers == []


def test_every_module_opens_with_the_question_that_it_answers():
    silent = []
    for path in MODULES:
        if "migrations" in path.parts:
            continue
        tree = ast.parse(path.read_text())
        if tree.body and not ast.get_docstring(tree):
            silent.append(str(path.relative_to(ROOT)))
    assert silent == []


CLOCK_READERS = re.compile(r"(^|/)(views|tasks|command|cli|testing|clock|navigation|beside)(/|\.py|_)")


def test_only_views_tasks_and_commands_ask_what_time_it_is():
    asking = [
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if "clock.now()" in path.read_text()
        and not CLOCK_READERS.search(str(path.relative_to(SOURCE)))
        and "deployment" not in path.parts
    ]
    assert asking == []


@pytest.mark.parametrize("word", ["datetime.now(", "date.today(", "timezone.now("])
def test_nobody_asks_the_machines_own_clock(word: str):
    asking = [
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if word in path.read_text() and path != SOURCE / "lib" / "clock.py" and "deployment" not in path.parts
    ]
    assert asking == []
