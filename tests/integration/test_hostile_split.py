# SPDX-License-Identifier: BSD-2-Clause
"""The second listener and the reserved domain, for those who should not reach them: real Postfix, real Sendmail

What is split off comes back over loopback to a listener that believes the keyed header. From outside neither the
domain nor the header must get anybody further than he came.

Where the two MTAs differ: Postfix routes by transport_maps, Sendmail by the mailertable. Both send one recipient a
transaction: Postfix by the transport's recipient limit, Sendmail by a mailer without the flag m. Both take percent
signs and bangs for routes, and both name the address that comes of it in {rcpt_addr}.
"""
import pytest

from servers import mail
from servers.company import TEAM, address

INSIDERS, EVERYBODY, QUIET = address("insiders"), address("toauthor"), address("quiet")
TICKET = "X-Rollcall-Split"
LOGIN = {"tls": True, "login": ("ann", "Login.1")}


def reserved(front, group):
    return "%s=example.test@%s" % (group, front.split_domain)


def transaction(front, port, sender, recipients, headers=(), message_id=None, **how):
    """One message by Dialog; recipients are octets behind RCPT TO:."""
    message_id = message_id or mail.new_message_id()
    with front.dialog(port=port, **how) as client:
        return client.transaction(sender, recipients, mail.compose(message_id, headers), message_id)


# Spellings of an address in the reserved domain, as they stand behind RCPT TO:.
SPELLINGS = ["<{local}@{domain}>", "<{LOCAL}@{DOMAIN}>", '<"{local}"@{domain}>', "<@a.example:{local}@{domain}>",
             "<@{domain}:{local}@{domain}>", "<{local}%{domain}>", "<{domain}!{local}>", "<{local}@{domain}.>",
             "< {local}@{domain} >", "<{local} @{domain}>", "{local}@{domain}", "<{local}@(x){domain}>",
             "<nobody@{domain}>", '<""@{domain}>', "<insiders@{domain}>", "<postmaster@{domain}>"]


@pytest.mark.parametrize("how", [{}, LOGIN, {"certificate": "microsoft"}], ids=["stranger", "login", "cloud"])
def test_the_reserved_domain_is_refused_from_outside(front, how):
    with front.dialog(**how) as client:
        for spelling in SPELLINGS:
            path = spelling.format(local="insiders=example.test", LOCAL="INSIDERS=Example.TEST",
                                   domain=front.split_domain, DOMAIN=front.split_domain.upper())
            assert client.say("MAIL FROM:<ann@example.net>")[0] == 250
            code, text = client.say("RCPT TO:" + path)
            assert code == 550 and text.startswith("5.7.1 ") and "not accepted here" in text, (path, code, text)
            client.say("RSET")


def test_a_route_through_our_own_domain_is_no_way_in(front):
    """local%reserved@ours, and a source route that names the reserved domain: whatever the MTA makes of it, the group
    is not reached."""
    for path in ("<insiders=example.test%%%s@example.test>" % front.split_domain,
                 "<@%s:insiders@example.test>" % front.split_domain,
                 "<%s!insiders=example.test@example.test>" % front.split_domain):
        sent = transaction(front, front.port, "<ann@example.net>", [path])
        assert not set(TEAM) & set(front.delivered(sent)), path


def test_the_second_listener_wants_a_ticket(front):
    """From loopback, where every user of the host may connect. None: refused. One that does not fit: deferred, since
    that can be repaired."""
    inside = "<%s>" % reserved(front, "insiders")
    forged = "sasl authenticated 0 " + "A" * 43 + "="
    for headers, codes in (([], (550,)), ([("X-Rollcall-Trace", "A" * 43 + "=")], (550,)),
                           ([(TICKET, forged)], (451,)), ([(TICKET, "")], (451,)), ([(TICKET, "x" * 5000)], (451,)),
                           ([(TICKET, forged), (TICKET, forged)], (451,))):
        sent = transaction(front, front.split_port, "<ann@example.net>", [inside], headers)
        assert sent.final is not None and sent.final[0] in codes, (headers, sent.replies, sent.final)
        assert front.delivered(sent) == []


def test_the_second_listener_takes_one_group_and_nobody_else(front):
    """A group under its own address, a person, a stranger, two groups, an empty local part."""
    inside, other = "<%s>" % reserved(front, "insiders"), "<%s>" % reserved(front, "toauthor")
    for recipients in (["<%s>" % INSIDERS], ["<%s>" % EVERYBODY], ["<p09@example.test>"], ["<x@elsewhere.example>"],
                       [inside, other], ["<nobody@%s>" % front.split_domain],
                       ["<x=elsewhere.example@%s>" % front.split_domain], ["<=example.test@%s>" % front.split_domain]):
        sent = transaction(front, front.split_port, "<ann@example.net>", recipients)
        assert sent.final is None or sent.final[0] >= 400, (recipients, sent.replies, sent.final)
        assert front.delivered(sent) == []


def test_no_client_reaches_the_second_listener_by_another_name(front):
    """TLS, a login or a certificate are not offered there, and change nothing."""
    with front.dialog(port=front.split_port) as client:
        assert client.say("AUTH PLAIN AGFubgBMb2dpbi4x")[0] >= 500
        assert client.say("EHLO rollcall-split")[0] == 250
        client.say("MAIL FROM:<ann@example.net>")
        client.say("RCPT TO:<%s>" % reserved(front, "insiders"))
        code, _ = client.say("DATA")
        if code == 354:
            client.raw(mail.compose(mail.new_message_id()).encode())
            code, _ = client.say(".")
        assert code == 550


@pytest.fixture
def genuine(front):
    """(Sent, ticket) of a message by one of us, a part of which was split off: a copy of the other part has the
    ticket."""
    sent = front.send([QUIET, "x@elsewhere.example"], **LOGIN)
    deliveries = front.deliveries(sent)
    assert sorted(one.recipient for one in deliveries) == sorted([*TEAM, "x@elsewhere.example"])
    ticket = next(one.message[TICKET] for one in deliveries if one.recipient == "x@elsewhere.example")
    assert ticket and "authenticated" in ticket
    return sent, ticket


def test_what_was_split_off_arrives_without_the_ticket(front):
    """The group's members see neither ticket nor reserved domain; the envelope sender is the author's."""
    sent = front.send([QUIET, "x@elsewhere.example"], **LOGIN)
    for one in front.deliveries(sent):
        assert one.sender == "ann@example.net"
        if one.recipient in TEAM:
            assert one.message[TICKET] is None
            assert one.message["X-Auto-Response-Suppress"] == "OOF"
            assert one.message["X-Rollcall-Trace"] is not None
        else:
            assert one.message["X-Auto-Response-Suppress"] is None


def test_a_replayed_ticket_does_not_help_outside(front, genuine):
    """Same Message-ID, same sender, the very header; alone and where this message is split too."""
    sent, ticket = genuine
    before = len(front.mta.sink.deliveries(sent.message_id))
    for recipients in ([INSIDERS], [INSIDERS, QUIET, "y@elsewhere.example"]):
        again = front.send(recipients, headers=[(TICKET, ticket)], message_id=sent.message_id)
        assert again.reply(INSIDERS)[0] == 550 and again.reply(INSIDERS)[1].startswith("5.7.133 ")
    after = front.deliveries(sent)[before:]
    assert sorted(one.recipient for one in after) == sorted([*TEAM, "y@elsewhere.example"])
    for one in after:
        if one.recipient in TEAM:
            assert one.message.get_all(TICKET) is None
        else:
            assert len(one.message.get_all(TICKET)) == 1 and "anonymous external" in one.message[TICKET]


def test_a_replayed_ticket_is_bound_to_its_message(front, genuine):
    """On the second listener itself: another Message-ID, none, another sender, the empty one, another claim."""
    sent, ticket = genuine
    inside = ["<%s>" % reserved(front, "insiders")]
    louder = ticket.replace("sasl", "exchange-online")
    for sender, headers, message_id in (
            ("<ann@example.net>", [(TICKET, ticket)], mail.new_message_id()),
            ("<bob@example.net>", [(TICKET, ticket)], sent.message_id),
            ("<>", [(TICKET, ticket)], sent.message_id),
            ("<ann@example.net>", [(TICKET, louder)], sent.message_id),
            ("<ann@example.net>", [(TICKET, ticket), (TICKET, ticket)], sent.message_id),
            ("<ann@example.net>", [(TICKET, ticket), ("Message-ID", mail.new_message_id())], sent.message_id)):
        before = len(front.mta.sink.deliveries(sent.message_id))
        again = transaction(front, front.split_port, sender, inside, headers, message_id)
        assert not again.accepted, (sender, headers)
        assert len(front.deliveries(sent)) == before and front.delivered(again) in ([], front.delivered(sent))


def test_a_forged_ticket_from_outside_reaches_nobody(front):
    """On a message that is expanded, and on one that is split: ours stands alone."""
    forged = [(TICKET, "sasl authenticated 0 " + "A" * 43 + "="), (TICKET.lower(), "exchange-online authenticated 0 x")]
    sent = front.send(EVERYBODY, headers=forged)
    assert [one.message.get_all(TICKET) for one in front.deliveries(sent)] == [None, None]
    sent = front.send([QUIET, "x@elsewhere.example"], headers=forged)
    deliveries = front.deliveries(sent)
    assert sorted(one.recipient for one in deliveries) == sorted([*TEAM, "x@elsewhere.example"])
    for one in deliveries:
        found = one.message.get_all(TICKET)
        assert found is None if one.recipient in TEAM else len(found) == 1


def test_a_message_without_message_id_is_split_too(front):
    """The ticket needs one: both copies have the same, which is not the MTA's."""
    marker = mail.new_message_id().strip("<>")
    with front.dialog() as client:
        message = "Subject: %s\r\nFrom: ann@example.net\r\n\r\nx\r\n" % marker
        sent = client.transaction("<ann@example.net>", ["<%s>" % QUIET, "<x@elsewhere.example>"], message, "")
    assert sent.accepted
    front.mta.wait_idle()
    found = [one for address_of in (*TEAM, "x@elsewhere.example")
             for one in front.mta.sink.addressed(address_of) if one.message["Subject"] == marker]
    assert sorted(one.recipient for one in found) == sorted([*TEAM, "x@elsewhere.example"])
    assert len({one.message["Message-ID"] for one in found}) == 1
