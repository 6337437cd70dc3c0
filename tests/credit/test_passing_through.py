"""A Social Security number and a date of birth only pass through: they are looked for wherever anything is kept."""

import logging
import sqlite3
import sys

import psycopg
from django.core.signals import got_request_exception
from django.test import Client
from django.views.debug import ExceptionReporter
from psycopg import sql

from alarmdesk.credit.bureaus import transunion
from alarmdesk.credit.testing import code_of, make_bureau
from tests.credit.forms import sheet

SSN, DIGITS, BORN = "219-09-9998", "219099998", "1961-07-23"
PLANTED = "219-09-9997"
TABLES = (
    "select c.oid::regclass::text from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace"
)


def anywhere(owner: psycopg.Connection, *secrets: str) -> list[str]:
    """The tables of the whole database in which a row has one of the secrets in it, as text; sealed ones are opened."""
    from django.apps import apps

    from alarmdesk.lib.sealed import SealedJSONField, unseal

    found = []
    for (table,) in owner.execute(TABLES).fetchall():
        query = sql.SQL("select count(*) from {} t where t::text ~ %s").format(sql.Identifier(*table.split(".")))
        if owner.execute(query, ["|".join(secrets)]).fetchone()[0]:
            found.append(table)
    for model in apps.get_models():
        for one in model._meta.local_fields:
            if isinstance(one, SealedJSONField):
                query = sql.SQL("select {} from {}").format(*map(sql.Identifier, (one.column, model._meta.db_table)))
                texts = [unseal(row[0]) for row in owner.execute(query).fetchall() if row[0].count(":") == 1]
                found += [model.__name__ for text in texts if any(secret in text for secret in secrets)]
    return found


def test_f63_the_number_reaches_the_bureau_and_nothing_else(shop, owner_connection, caplog):
    caplog.set_level(logging.DEBUG)
    shop.world.fault("error_500_after", path="equifax", times=1)
    told = []
    for bureau, fields in (
        (shop.transunion, {}),
        (shop.transunion, {"consent": None}),
        (shop.transunion, {"zip_code": "7410"}),
        (shop.equifax, {}),
        (shop.equifax, {"last_name": "Nofile"}),
        (shop.equifax, {"last_name": "Nofile", "first_name": "Dan"}),
    ):
        said = sheet(bureau, ssn=SSN, born_on=BORN, **fields)
        answer = shop.client.post(f"{shop.tab}run/", said, follow=True)
        told.append(answer.content.decode())
    told.append(shop.client.get(shop.tab).content.decode())
    told.append(shop.client.get(f"{shop.root}/customers/{shop.dana.pk}/history/").content.decode())
    noted = shop.world.inquiries(code_of(shop.transunion)) + shop.world.inquiries(code_of(shop.equifax))
    assert [(one["has_ssn"], one["has_birth_date"]) for one in noted] == [(1, 1)] * 3
    for secret in (SSN, DIGITS, BORN, "July 23", "Jul 23, 1961"):
        assert not [page for page in told if secret in page], secret
        assert secret not in caplog.text
        assert secret not in str(shop.world.mail())
    assert anywhere(owner_connection, SSN, DIGITS, BORN) == []


def test_the_search_for_the_number_would_find_it(shop, owner_connection):
    """Else the story above proves nothing."""
    with shop.inside():
        shop.dana.note = f"Her number is {PLANTED}"
        shop.dana.save(update_fields=["note"])
        make_bureau(secrets={"password": PLANTED})
    assert {"customers_customer", "Bureau"} < set(anywhere(owner_connection, PLANTED))


def test_the_report_of_an_error_in_the_middle_tells_nothing_of_it_either(shop, monkeypatch, caplog):
    reports = []

    def breaks(*_: object) -> None:
        raise RuntimeError("a mistake of ours")

    def keep(request: object, **_: object) -> None:
        reports.append(ExceptionReporter(request, *sys.exc_info()).get_traceback_html())

    monkeypatch.setattr(transunion, "_read", breaks)
    got_request_exception.connect(keep)
    client = Client(raise_request_exception=False)
    client.force_login(shop.rosa.user)
    try:
        answer = client.post(f"{shop.tab}run/", sheet(shop.transunion, ssn=SSN, born_on=BORN))
    finally:
        got_request_exception.disconnect(keep)
    assert answer.status_code == 500
    (report,) = reports
    assert "a mistake of ours" in report
    for secret in (SSN, DIGITS, BORN):
        assert secret not in report + caplog.text + answer.content.decode()
    with shop.inside():
        assert shop.dana.credit_reports.get().state == "unknown"


def test_the_simulated_bureaus_keep_no_number_either(shop):
    shop.client.post(f"{shop.tab}run/", sheet(shop.transunion, ssn=SSN, born_on=BORN))
    memory = sqlite3.connect(shop.world.state_dir / "simulators.sqlite3")
    rows = memory.execute("select * from bureau_inquiry").fetchall()
    assert rows
    assert DIGITS not in str(rows)
    memory.close()
