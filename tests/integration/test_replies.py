# SPDX-License-Identifier: BSD-2-Clause
"""The reply to each recipient: every row of the table in rollcalld(8), as an SMTP client sees it"""
import base64

import pytest

from servers import company, login, mail, rollcalld
from servers.company import address

# recipient, code, enhanced code, a word the text must have
REFUSED = [
    ("authonly", 550, "5.7.133", ""),
    ("restricted", 550, "5.7.124", "allowed-senders"),
    ("moderated", 550, "5.7.1", "is moderated"),
    ("nobody", 550, "5.2.4", ""),
    ("nomail", 550, "5.2.4", ""),
    ("empty", 550, "5.2.4", ""),
    ("broken", 451, "4.3.5", ""),
    ("nofilter", 451, "4.3.5", ""),
    ("nobase", 451, "4.3.5", ""),
    ("twin", 451, "4.3.5", ""),
    ("berlin", 550, "5.5.3", "max-members"),
]


@pytest.fixture(scope="module")
def relay(slapd, shared_workshop):
    """Nobody is authenticated here by where he comes from."""
    return shared_workshop.relay(rollcalld.from_slapd(slapd), trusted_networks=None,
                                 groups={address("berlin"): {"max-members": 3}})


def check(reply, code, enhanced, word=""):
    assert reply[0] == code, reply
    assert reply[1].startswith(enhanced + " "), reply
    assert word in reply[1], reply


@pytest.mark.parametrize("group,code,enhanced,word", REFUSED, ids=[row[0] for row in REFUSED])
def test_refused_alone(relay, group, code, enhanced, word):
    sent = mail.send(relay.port, address(group))
    check(sent.reply(address(group)), code, enhanced, word)
    relay.daemon.wait_log(r"(refused|deferred): (group|recipient)=<%s@example\.test> .*code=%d %s" % (
        group, code, enhanced.replace(".", r"\.")) if group != "twin" else "twin@example")


def test_each_recipient_for_itself(relay):
    """Refusals concern their recipient alone; the rest of the message goes its way."""
    recipients = [address("sales"), *(address(row[0]) for row in REFUSED), "p01@example.test"]
    sent = mail.send(relay.port, recipients)
    for group, code, enhanced, word in REFUSED:
        check(sent.reply(address(group)), code, enhanced, word)
    assert sent.accepted
    assert relay.mta.delivered(sent) == sorted({*company.expected()["sales"], "p01@example.test"})


def test_what_must_be_repaired_is_said(relay):
    for group, word in (("broken", "position"), ("nofilter", "msExchDynamicDLFilter"),
                        ("nobase", "msExchDynamicDLBaseDN"), ("twin", "twin")):
        mail.send(relay.port, address(group))
        assert any(word in line for line in relay.daemon.grep("%s@example" % group)), group


def test_passes(relay):
    """A person, nobody's address, another domain: rollcall has no opinion."""
    recipients = ["p01@example.test", "nobody.at.all@example.test", "x@elsewhere.example"]
    sent = mail.send(relay.port, recipients)
    assert relay.mta.delivered(sent) == sorted(recipients)


def test_unknown_recipients_refused(slapd, workshop):
    relay = workshop.relay(rollcalld.from_slapd(slapd), unknown_recipients="refuse")
    sent = mail.send(relay.port, ["nobody.at.all@example.test", "p01@example.test", "x@elsewhere.example"])
    check(sent.reply("nobody.at.all@example.test"), 550, "5.1.10")
    assert relay.mta.delivered(sent) == ["p01@example.test", "x@elsewhere.example"]


def test_empty_sender(relay):
    """Reports to a group are not expanded, those to a person pass."""
    sent = mail.send(relay.port, [address("sales"), "p01@example.test"], sender="")
    check(sent.reply(address("sales")), 550, "5.7.1")
    assert relay.mta.delivered(sent) == ["p01@example.test"]


def test_empty_group_accepted(slapd, workshop):
    relay = workshop.relay(rollcalld.from_slapd(slapd), empty_group="accept")
    alone = mail.send(relay.port, address("nobody"))
    assert alone.accepted
    beside = mail.send(relay.port, [address("nobody"), address("nomail"), "p01@example.test"])
    assert relay.mta.delivered(beside) == ["p01@example.test"]
    assert relay.mta.delivered(alone) == []
    assert not relay.mta.grep(r"to=<(nobody|nomail)@example\.test>.*status=sent")
    relay.daemon.wait_log("nobody@example.test")


def test_trusted_network(slapd, workshop):
    relay = workshop.relay(rollcalld.from_slapd(slapd), trusted_networks="127.0.0.0/8")
    sent = mail.send(relay.port, address("authonly"))
    assert relay.mta.delivered(sent) == company.routes(lambda number: number % 3 == 2)


def test_sasl(relay):
    """Logged in at the MTA counts as authenticated."""
    login.serve(relay.mta.folder + "/spool/private/auth")
    port = relay.listen(smtpd_sasl_auth_enable="yes", smtpd_sasl_type="dovecot", smtpd_sasl_path="private/auth",
                        smtpd_sasl_security_options="noanonymous")
    anonymous = mail.send(port, address("authonly"))
    check(anonymous.reply(address("authonly")), 550, "5.7.133")
    with mail.connect(port) as session:
        session.ehlo()
        secret = base64.b64encode(b"\0ann\0secret").decode()
        assert session.docmd("AUTH", "PLAIN " + secret)[0] == 235
        sent = mail.send(port, address("authonly"), session=session)
    assert relay.mta.delivered(sent) == company.routes(lambda number: number % 3 == 2)


def test_nested_group_that_refuses_is_skipped(relay, slapd, workshop):
    """outerauth = a person and a group for authenticated senders only."""
    sent = mail.send(relay.port, address("outerauth"))
    assert relay.mta.delivered(sent) == [company.route(4)]
    trusting = workshop.relay(rollcalld.from_slapd(slapd))
    sent = mail.send(trusting.port, address("outerauth"))
    assert trusting.mta.delivered(sent) == sorted(
        {company.route(4), *company.routes(lambda number: number % 3 == 2)})


def test_common_limits(slapd, workshop):
    relay = workshop.relay(rollcalld.from_slapd(slapd), limits={"max-members": 4, "max-depth": 1})
    many = mail.send(relay.port, [address("sales"), address("static"), address("nested")])
    check(many.reply(address("sales")), 550, "5.5.3", "max-members")
    check(many.reply(address("nested")), 550, "5.5.3", "max-depth")
    assert relay.mta.delivered(many) == company.expected()["static"]


def test_queue_file_foreseen(slapd, workshop):
    """Ten thousand additions do not fit a queue file of 300 kB: said before Postfix would, and nothing is queued."""
    relay = workshop.relay(rollcalld.from_slapd(slapd), mta_message_size_limit=300000)
    port = relay.listen(message_size_limit="300000")
    sent = mail.send(port, address("crowd"))
    refusal = sent.reply(address("crowd")) if sent.reply(address("crowd"))[0] != 250 else sent.final
    assert refusal[0] in (452, 550, 552), refusal
    assert relay.mta.delivered(sent) == []


def test_queue_file_backstop(slapd, workshop):
    """rollcall was told a wrong size: Postfix's own limit answers 552 and delivers to nobody."""
    relay = workshop.relay(rollcalld.from_slapd(slapd), mta_message_size_limit=0)
    port = relay.mta.listen(relay.milters, cleanup_service_name="smallcleanup")
    relay.mta.add_service("smallcleanup unix n - y - 0 cleanup -o message_size_limit=300000\n")
    sent = mail.send(port, address("crowd"))
    assert sent.final[0] == 552, sent.final
    assert relay.mta.delivered(sent) == []


def test_observe(slapd, workshop):
    """Everything is worked out and logged, nothing is changed."""
    relay = workshop.relay(rollcalld.from_slapd(slapd), mode="observe", trusted_networks=None)
    recipients = [address("sales"), address("authonly"), address("broken"), "p01@example.test"]
    sent = mail.send(relay.port, recipients)
    assert sent.accepted and {code for code, _ in sent.replies.values()} == {250}
    assert relay.mta.delivered(sent) == sorted(recipients)
    relay.daemon.wait_log(r"would-expand: group=<sales@example\.test>")
    relay.daemon.wait_log(r"would-refuse: group=<authonly@example\.test>")
    assert relay.mta.sink.deliveries(sent.message_id)[0].message["X-Rollcall-Trace"] is None


def test_notify_reaches_the_members(relay):
    sent = mail.send(relay.port, [(address("static"), ["NOTIFY=NEVER"]), (address("partners"), [])])
    assert sent.accepted
    relay.mta.wait_idle()
    asked = {one.recipient: one.parameters.get("NOTIFY") for one in relay.mta.sink.deliveries(sent.message_id)}
    assert asked["p01@example.test"] == "NEVER" and asked["p02@example.test"] == "NEVER"
    assert asked["partner0@partner.example.org"] is None
    # In both: asked for nothing in one, for the usual in the other.
    assert asked["partner1@partner.example.org"] != "NEVER"
