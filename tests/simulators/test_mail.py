"""Does the simulated mail server keep messages so that people and tests can read them?"""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

import pytest

from simulators.client import World
from tests.simulators.shop import furnish, wire


def send(world: World, *, to: str = "ann@customer.example", subject: str = "Invoice 17 – Añejo") -> None:
    """One message with both bodies and a PDF."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "billing@shop.example", to, subject
    message.set_content("Pay here: https://pay.example/17\n")
    message.add_alternative("<p style='color: red'>Pay <b>here</b></p><script>alert(1)</script>", subtype="html")
    message.add_attachment(b"%PDF-1.7 tiny", maintype="application", subtype="pdf", filename="Invoice 17.pdf")
    with smtplib.SMTP("127.0.0.1", world.smtp_port, timeout=10) as client:
        client.send_message(message)


def test_a_message_arrives_whole(world: World) -> None:
    send(world)
    send(world, to="bob@customer.example", subject="Receipt")
    (found,) = world.mail("ANN@customer")
    assert found["subject"] == "Invoice 17 – Añejo"
    assert (found["from"], found["to"]) == ("billing@shop.example", ["ann@customer.example"])
    assert found["text"] == "Pay here: https://pay.example/17\n"
    assert "<b>here</b>" in found["html"]
    assert found["attachments"] == ["Invoice 17.pdf"]
    assert found["at"] == "2027-01-15T12:00:00Z"
    assert [each["subject"] for each in world.mail()] == ["Invoice 17 – Añejo", "Receipt"]
    assert [each["subject"] for each in world.mail(subject="receipt")] == ["Receipt"]


def test_mail_is_durable_and_can_be_cleared(own_world: World) -> None:
    send(own_world)
    own_world.kill()
    own_world.restart()
    assert len(own_world.mail()) == 1
    own_world.clear_mail()
    assert own_world.mail() == []
    furnish(own_world)


def test_a_scripted_refusal_is_temporary(world: World) -> None:
    world.fault("reject_temporarily", path="smtp", every=2)
    send(world)
    with pytest.raises(smtplib.SMTPDataError) as refusal:
        send(world)
    assert refusal.value.smtp_code == 451
    send(world)
    assert len(world.mail()) == 2


def test_pages_show_messages_without_running_them(world: World) -> None:
    send(world)
    number = world.mail()[0]["id"]
    listing = wire.get(f"{world.http}/mail", params={"to": "ann"})
    assert f'<a href="/mail/{number}">Invoice 17' in listing.text
    assert "Invoice 17" not in wire.get(f"{world.http}/mail", params={"to": "nobody"}).text
    page = wire.get(f"{world.http}/mail/{number}")
    assert "script-src" not in page.headers["content-security-policy"]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script>" not in page.text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert "&lt;script&gt;" in page.text
    attachment = wire.get(f"{world.http}/mail/{number}/attachments/0")
    assert attachment.content == b"%PDF-1.7 tiny"
    assert attachment.headers["content-disposition"] == "attachment; filename*=UTF-8''Invoice%2017.pdf"
    assert wire.get(f"{world.http}/mail/99999").status_code == 404


def test_the_overview_names_everything(world: World) -> None:
    world.fault("delay", seconds=1, type="refund")
    send(world)
    page = wire.get(world.http)
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    for words in ("Shop", "delay", "2027-01-15T12:00:00Z", "1 messages", "/static/pages.css"):
        assert words in page.text
    assert "style=" not in page.text
    assert "shop-security-key" not in page.text
    assert wire.get(f"{world.http}/static/pages.css").status_code == 200
    assert wire.get(f"{world.http}/transactions").status_code == 200
