# SPDX-License-Identifier: BSD-2-Clause
"""The plain cases through a real Sendmail"""
import pytest

from servers import company, mail, rollcalld, sendmail
from servers.company import address


@pytest.fixture(scope="module")
def relay(company_ldif, shared_workshop, new_folder):
    """(Sendmail, its rollcalld)."""
    folder = new_folder("sendmail")
    daemon = shared_workshop.daemon(rollcalld.from_ldif(company_ldif), trusted_networks=None,
                                    socket_group="", max_sendmail_members=1700)
    server = sendmail.Sendmail(folder, "local:" + daemon.socket).start()
    yield server, daemon
    server.close()


@pytest.mark.parametrize("group", ["sales", "static", "nested", "ring1", "partners", "withm365"])
def test_groups(relay, group):
    server, _ = relay
    sent = mail.send(server.port, address(group))
    assert sent.accepted
    assert server.delivered(sent) == company.expected()[group]


def test_mixed_recipients(relay):
    server, daemon = relay
    recipients = [address("sales"), "Berlin@Example.TEST", address("nobody"), "p12@example.test", "x@elsewhere.example"]
    sent = mail.send(server.port, recipients)
    assert sent.reply(address("nobody"))[0] == 550 and sent.reply(address("nobody"))[1].startswith("5.2.4 ")
    assert sent.accepted
    assert server.delivered(sent) == sorted({*company.expected()["sales"], *company.expected()["berlin"],
                                             "p12@example.test", "x@elsewhere.example"})
    daemon.wait_log(r"%s: envelope: " % sent.queue_id)


def test_replies(relay):
    server, _ = relay
    for group, code, enhanced in (("authonly", 550, "5.7.133"), ("broken", 451, "4.3.5"), ("restricted", 550, "5.7.124")):
        reply = mail.send(server.port, address(group)).reply(address(group))
        assert reply[0] == code and reply[1].startswith(enhanced + " "), reply


def test_notify(relay):
    server, _ = relay
    sent = mail.send(server.port, [(address("static"), ["NOTIFY=NEVER"])])
    assert server.delivered(sent) == company.expected()["static"]
    assert {one.parameters.get("NOTIFY") for one in server.sink.deliveries(sent.message_id)} == {"NEVER"}


def test_big_group_and_cap(relay):
    server, _ = relay
    sent = mail.send(server.port, address("big"))
    assert server.delivered(sent) == company.crowd_routes(1600)
    refused = mail.send(server.port, address("crowd"))
    assert refused.reply(address("crowd"))[0] == 550


def test_no_group_passes_untouched(relay):
    server, _ = relay
    sent = mail.send(server.port, ["p01@example.test", "x@elsewhere.example"])
    assert server.delivered(sent) == ["p01@example.test", "x@elsewhere.example"]
    assert all(one.message["X-Rollcall-Trace"] is None for one in server.sink.deliveries(sent.message_id))


def test_filter_gone_defers(relay):
    """F=T: no mail passes unexpanded."""
    server, daemon = relay
    daemon.kill()
    try:
        sent = mail.send(server.port, address("static"))
        assert not sent.accepted
        codes = [code for code, _ in [*sent.replies.values(), sent.final] if code]
        assert all(code < 500 for code in codes)
    finally:
        daemon.start()
    sent = mail.send(server.port, address("static"))
    assert server.delivered(sent) == company.expected()["static"]
