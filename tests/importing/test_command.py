"""What does the command line say and answer?"""

import io
import json
from pathlib import Path

import pytest
from tests.importing.test_bad_files import HEAD, row
from tests.importing.test_importing import BILLED

MAPPING = "[columns]\n" + "".join(f'{name} = "{name}"\n' for name in HEAD.strip().split(","))


@pytest.fixture
def call(desk, tmp_path, capsys):
    """Runs the command on a text; the exit code and the JSON that it printed."""

    def run(text, mapping=MAPPING, **options):
        from alarmdesk.office.importing import command

        file, rules = tmp_path / "customers.csv", tmp_path / "mapping.toml"
        file.write_text(text, encoding="utf-8", newline="")
        rules.write_text(mapping, encoding="utf-8")
        options.setdefault("company", desk.company.slug)
        code = command.run(file, mapping=rules, as_json=True, **options)
        said = capsys.readouterr()
        return code, json.loads(said.out) if said.out else said.err

    return run


def accounts(desk):
    from alarmdesk.company.entering import inside

    with inside(desk.company):
        return sorted(desk.company.customers.values_list("account_number", flat=True))


def test_a_dry_run_names_every_bad_row_and_writes_nothing(desk, call):
    code, said = call(HEAD + row("A-1") + row("A-2", mmr="x", email="y") + row("A-1"), dry_run=True)

    assert code == 1
    assert [(each["line"], each["column"], each["value"]) for each in said["problems"]] == [
        (3, "email", "y"), (3, "mmr", "x"), (4, "account_number", "A-1"),
    ]  # fmt: skip
    assert (said["outcome"], said["counts"]["rows"], said["counts"]["bad_rows"]) == ("bad rows", 3, 2)
    assert accounts(desk) == []
    from alarmdesk.company.entering import inside

    with inside(desk.company):
        assert not desk.company.imports.exists()


def test_a_good_dry_run_says_what_would_come_in(desk, call):
    code, said = call(HEAD + row("A-1", **BILLED), dry_run=True)

    assert (code, said["outcome"]) == (0, "checked")
    assert (said["counts"]["customers"], said["counts"]["recurring"]) == (1, 1)
    assert accounts(desk) == []


def test_bad_rows_keep_the_whole_file_out_unless_they_may_be_skipped(desk, call):
    text = HEAD + row("A-1") + row("A-2", mmr="x")
    assert call(text)[0] == 1
    assert accounts(desk) == []

    code, said = call(text, skip_bad_rows=True)
    assert (code, said["outcome"], said["counts"]["customers"]) == (0, "imported", 1)
    assert len(said["problems"]) == 1
    assert accounts(desk) == ["A-1"]


def test_the_same_file_again_changes_nothing(desk, call):
    text = HEAD + row("A-1")
    call(text)
    code, said = call(text)

    assert (code, said["outcome"]) == (0, "already imported")
    assert accounts(desk) == ["A-1"]


def test_an_import_that_was_killed_is_gone_on_with_by_the_same_command(desk, call):
    from alarmdesk.company.entering import inside

    text = HEAD + row("A-1") + row("A-2")
    kept = desk.check(text)
    desk.start(kept)

    code, said = call(text)

    assert (code, said["outcome"], said["counts"]["customers"]) == (0, "imported", 2)
    with inside(desk.company):
        assert desk.company.imports.count() == 1


def test_a_constant_of_the_call_beats_the_mapping(desk, call):
    from alarmdesk.company.entering import inside

    mapping = '[columns]\nid = "account_number"\nrate = "recurring_amount"\n[constants]\nnext_invoice_on = "tomorrow"\n'
    code, _ = call("id,rate\nA-1,10\n", mapping, constants={"next_invoice_on": "2090-12-15"})

    assert code == 0
    with inside(desk.company):
        assert str(desk.company.recurring_invoices.get().next_on) == "2090-12-15"


def test_a_file_that_cannot_be_read_stops_with_the_line(desk, call):
    code, said = call("")

    assert (code, said["outcome"], said["error"]) == (1, "stopped", "Line 1: The file is empty.")


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("[columns", "not TOML"),
        ('[columns]\na = "acount_number"', "Did you mean “account_number”"),
        ('[columns]\na = "last_name"', "No column gives the field “Account number”"),
        ('[columns]\na = "account_number"\nb = "account_number"', "Two columns give"),
        ('[columns]\na = "account_number"\n[constants]\nmmr = "x"', "[constants] mmr = “x”"),
        ('[columns]\na = "account_number"\n[values.status]\nx = "gone"', "[values.status] = “gone”"),
        ('[columns]\na = "account_number"\n[option]\n', "“option” has no place"),
        ('[columns]\na = "account_number"\n[options]\nencoding = "latin-9"', "not an encoding"),
    ],
)
def test_a_mapping_that_is_wrong_is_a_wrong_call(call, mapping, said):
    code, told = call("a\n1\n", mapping)

    assert code == 2
    assert said in " ".join(told.split())


def test_a_company_or_a_file_that_is_not_there_is_a_wrong_call(desk, call, tmp_path, capsys):
    from alarmdesk.office.importing import command

    assert call("a\n1\n", company="nobody")[0] == 2
    (tmp_path / "m.toml").write_text(MAPPING)
    assert command.run(Path("none.csv"), company=desk.company.slug, mapping=tmp_path / "m.toml") == 2


def test_a_person_is_told_in_a_table(desk, tmp_path, capsys):
    from alarmdesk.office.importing import command

    (tmp_path / "m.toml").write_text(MAPPING)
    (tmp_path / "c.csv").write_text(HEAD + row("A-1", last_name="[red]x[/red]", mmr="x"))

    assert command.run(tmp_path / "c.csv", company=desk.company.slug, mapping=tmp_path / "m.toml") == 1
    said = capsys.readouterr().out
    assert "not a sum of money" in said
    assert "Nothing was imported" in said


def test_an_export_goes_to_the_stream(desk):
    from alarmdesk.office.exporting import command

    desk.bring(HEAD + row("A-1"))
    out = io.StringIO()

    assert command.run("customers", company=desk.company, out=out) == 0
    assert out.getvalue().splitlines()[1].startswith("A-1,customer,person,active,")
    assert command.run("zebras", company=desk.company, out=out) == 2
