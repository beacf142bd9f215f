# SPDX-License-Identifier: BSD-2-Clause
r"""Addresses and senders that try to get round a group's restrictions, or at its members twice: over a real Postfix and
a real Sendmail, octet by octet

`insidersodd` takes authenticated senders only; it and `odd` have addresses in odd spellings.

Where the two MTAs differ:

| | Postfix 3.7 | Sendmail 8.17 |
|---|---|---|
| SMTPUTF8 | yes; {rcpt_addr} is case-folded as Unicode has it ("ß" becomes "ss") | Debian's build refuses the parameter |
| 8-bit address without SMTPUTF8 | UTF-8 passed on, other octets 500 | passed on, but for octets 80 to 9F and FF: 501 |
| NUL in RCPT | 501 | ends the line: 553, or what stands before it counts |
| CR, tab, blank in RCPT | taken out | taken out |
| DEL in a local part | passed on | 501 |
| local part of 900 octets | passed on | 553 (also as a sender) |
| `insiders\odd` without quotes | insidersodd | another address |
| `"insiders""odd"`, `a@@b`, `a@b@c` | 501, or another address | 553, or another address |
| a sender without a domain | completed | 553 |
| source route | dropped before the milter's argument is matched | passed on, resolved |
"""
import pytest

from servers import mail
from servers.company import TEAM, address

LOGIN = {"tls": True, "login": ("ann", "Login.1")}
LONG = "x" * 900


def one(front, recipient, sender="<ann@example.net>", headers=(), message=None, message_id=None, **how):
    """A message by Dialog to one recipient, octets behind RCPT TO:. Returns (accepted, reply, who got it)."""
    message_id = message_id or mail.new_message_id()
    message = mail.compose(message_id, headers) if message is None else message
    with front.dialog(**how) as client:
        sent = client.transaction(sender, [recipient], message, message_id)
    reply = sent.final if not sent.replies or sent.replies[recipient][0] == 250 else sent.replies[recipient]
    return sent.accepted, reply, front.delivered(sent)


# What stands for the group `insidersodd` in some MTA's reading.
ODD = ['<"insiders odd"@example.test>', '<"INSIDERS odd"@Example.TEST>', '<"insiders\\ odd"@example.test>',
       '<"\\insiders odd"@example.test>', "<@a.example:insidersodd@example.test>",
       "<@a.example,@b.example:insidersodd@example.test>", '<@a.example:"insiders odd"@example.test>',
       '<"insidersodd"@example.test>', '<"insiders""odd"@example.test>', "<insidersodd%example.test>",
       "<example.test!insidersodd>", "<insidersodd%example.test@example.test>", "<insidersodd@example.test.>",
       "<insidersodd @example.test>", "< insidersodd@example.test >", "insidersodd@example.test",
       "<insidersodd@example.test>>", "<<insidersodd@example.test>", "<insidersodd(x)@example.test>",
       "<insidersodd@EXAMPLE.TEST>", '<insiders\\odd@example.test>', "<insidersodd@@example.test>",
       "<insidersodd@example.test@example.test>", "<insidersodd@[127.0.0.1]>"]


@pytest.mark.parametrize("path", ODD)
def test_no_spelling_gets_a_stranger_in(front, path):
    """Refused, or it is somebody else's address: the members get nothing, and the group's own address neither."""
    accepted, reply, got = one(front, path)
    assert not set(TEAM) & set(got)
    assert not any(recipient.lower() in (address("insidersodd"), address('"insidersodd"'), address('"insiders odd"'))
                   for recipient in got), got
    assert accepted or 500 <= reply[0] < 600, reply


def test_quoted_local_part(front):
    """Expanded under it, for one of us also the restricted one, in every way of quoting it."""
    for path in ('<"quoted local"@example.test>', '<"QUOTED\\ local"@Example.test>',
                 '<@a.example:"quoted local"@example.test>'):
        accepted, reply, got = one(front, path)
        assert accepted and got == TEAM, (path, reply, got)
    assert one(front, '<"insiders odd"@example.test>', **LOGIN)[2] == TEAM


def test_an_equals_sign_is_no_split(front):
    """`odd=one` looks like an address of the reserved domain, in ours it is a name."""
    assert one(front, "<odd=one@example.test>")[2] == TEAM


def test_the_longest_local_part_that_there_is(front):
    assert one(front, "<%s@example.test>" % ("x" * 64))[2] == TEAM


@pytest.mark.parametrize("path", ["<%s@example.test>" % LONG, '<"%s"@example.test>' % LONG,
                                  "<%s@%s.example.test>" % ("x" * 64, LONG), "<odd@%s>" % ("example.test." * 70),
                                  "<@%s:odd@example.test>" % ",@".join(["a.example"] * 80),
                                  '<"%s"@example.test>' % ("\\x" * 400)],
                         ids=["local", "quoted", "domain", "labels", "route", "pairs"])
def test_900_octets(front, path):
    """Refused or passed on, whole; the daemon goes on, and the log line is bounded."""
    accepted, reply, got = one(front, path)
    assert reply[0] is not None
    if accepted and path.endswith(":odd@example.test>"):
        assert got == TEAM
    else:
        assert not set(TEAM) & set(got)
    assert front.send(address("toauthor")).accepted
    assert all(len(line) < 4000 for line in front.daemon.log().splitlines())


@pytest.mark.parametrize("sender", ["<%s@example.net>" % LONG, '<"%s"@example.net>' % LONG, "<@a.example:ann@example.net>",
                                    '<"ann lee"@example.net>', "<ann>", "<\xfcber@example.net>", "<ann@example.net.>"])
def test_odd_senders(front, sender):
    """A sender whom we can or cannot read changes nothing for a group that takes everybody's mail, or is refused."""
    accepted, reply, got = one(front, "<%s>" % address("toauthor"), sender=sender.encode("utf-8"))
    assert accepted and got == TEAM or 500 <= reply[0] < 600
    assert not one(front, "<%s>" % address("insiders"), sender=sender.encode("utf-8"))[0]


# ---- 8 bits ----


def test_smtputf8(front):
    """Grüße: under SMTPUTF8 a group like any other, restricted ones too; without it not reached."""
    with front.dialog() as client:
        offered = "SMTPUTF8" in features(client)
    assert offered == (front.kind == "postfix")
    for path, how, expected in (("<grüße@example.test>", {}, TEAM), ("<GRÜSSE@example.test>", {}, None),
                                ("<geheim-ü@example.test>", {}, []), ("<geheim-ü@example.test>", LOGIN, TEAM)):
        accepted, reply, got = one(front, path, sender="<ann@example.net> SMTPUTF8", **how)
        if not offered:
            assert not accepted and reply[0] >= 500
        elif expected is not None:
            assert got == expected, (path, reply)
        if expected == []:
            assert not accepted


def features(client):
    """What EHLO offers, in one text."""
    client.raw(b"EHLO client.example.test\r\n")
    lines = []
    while (line := client.answers.readline())[3:4] == b"-":
        lines.append(line.decode())
    return " ".join([*lines, line.decode()])


@pytest.mark.parametrize("path", ["<geheim-ü@example.test>".encode(), "<geheim-ü@example.test>".encode("latin-1"),
                                  b"<insidersodd\xff@example.test>", b"<insidersodd@ex\xc3\xa4mple.test>",
                                  b"<insidersodd@example\xe3\x80\x82test>", b"<\xef\xbb\xbfinsidersodd@example.test>",
                                  b"<insidersodd@example.test\xc2\xa0>", b"<insidersodd\xe2\x80\x8b@example.test>"])
def test_8_bits_without_smtputf8(front, path):
    """No spelling with octets beyond ASCII gets a stranger to the members."""
    accepted, reply, got = one(front, path)
    assert not set(TEAM) & set(got), got
    assert accepted or 500 <= reply[0] < 600


# ---- octets that end a line for one and not for another ----


@pytest.mark.parametrize("path", [b"<insidersodd\0@example.test>", b"<insidersodd@example.test\0>",
                                  b"<odd@example.test\0@elsewhere.example>", b"<x\0insidersodd@example.test>",
                                  b"<insidersodd@example.test>\0", b"\0<insidersodd@example.test>",
                                  b"<insidersodd\r@example.test>", b"<insidersodd@example.test\r>",
                                  b"<insidersodd@example.test>\rX", b"<insidersodd\t@example.test>",
                                  b"<insidersodd\x7f@example.test>", b'<"insiders\0odd"@example.test>'])
def test_nul_and_cr_in_a_recipient(front, path):
    accepted, reply, got = one(front, path)
    assert "insidersodd@example.test" not in got and not (b"insiders" in path and set(TEAM) & set(got)), got
    assert accepted or reply[0] is None or 400 <= reply[0] < 600
    assert front.send(address("toauthor")).accepted


def test_a_command_behind_a_bare_line_end(front):
    """One more RCPT behind a bare LF is a recipient to be judged, or none at all."""
    with front.dialog() as client:
        assert client.say("MAIL FROM:<ann@example.net>")[0] == 250
        client.raw(b"RCPT TO:<%s>\nRCPT TO:<%s>\r\nNOOP\r\n" % (address("toauthor").encode(),
                                                             address("insiders").encode()))
        codes = [client.answer()[0] for _ in range(2)]
        assert codes[1] in (250, 421, 550) and codes.count(250) >= (front.kind == "postfix")
    assert front.send(address("toauthor")).accepted


def test_a_second_message_behind_a_bare_dot(front):
    """SMTP smuggling: what follows LF . LF is the body, or the session ends; no second envelope comes of it."""
    message_id = mail.new_message_id()
    inner = mail.new_message_id()
    body = ("x\r\n.\nMAIL FROM:<ann@example.test>\r\nRCPT TO:<%s>\r\nDATA\r\n" % address("insiders")
            + mail.compose(inner))
    accepted, _, got = one(front, "<%s>" % address("toauthor"),
                           message=mail.compose(message_id, body=body), message_id=message_id)
    assert got == (TEAM if accepted else [])
    assert front.mta.sink.recipients(inner) == []


# ---- the empty sender ----

REPORT = ('Content-Type: multipart/report; report-type=%s; boundary="b"\r\nFrom: MAILER-DAEMON@example.net\r\n'
          "Subject: report\r\nMessage-ID: %s\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nfailed\r\n"
          "--b\r\nContent-Type: message/%s\r\n\r\nReporting-MTA: dns; x.example\r\n\r\n"
          "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n")


@pytest.mark.parametrize("group", ["toauthor", "tonobody", "quiet", "insiders", "odd", "overseen"])
def test_no_group_takes_reports(front, group):
    """Also for one of us, and from our own tenant: a report for all members is what a bounce storm is made of."""
    for how in ({}, LOGIN, {"certificate": "microsoft"}):
        message_id = mail.new_message_id()
        report = REPORT % ("delivery-status", message_id, "delivery-status")
        accepted, reply, got = one(front, "<%s>" % address(group), sender="<>", message=report, message_id=message_id,
                                   **how)
        assert not accepted and reply[0] == 550 and got == [], (how, reply)


def test_the_manager_gets_the_reports(front):
    """Of the group whose manager wants them; nobody else, and nothing but reports of failed delivery."""
    for kind, expected in (("delivery-status", [address("manager")]), ("disposition-notification", [])):
        message_id = mail.new_message_id()
        accepted, reply, got = one(front, "<%s>" % address("tomanager"), sender="<>", message_id=message_id,
                                   message=REPORT % (kind, message_id, kind))
        assert got == expected, (kind, reply)
    accepted, reply, got = one(front, "<%s>" % address("tomanager"), sender="<>")
    assert got == [], "no report at all"


def test_the_empty_sender_beside_others(front):
    """A person named beside the group gets the report all the same."""
    sent = front.send([address("toauthor"), address("p09")], sender="")
    assert sent.reply(address("toauthor"))[0] == 550 and sent.reply(address("p09"))[0] == 250
    assert front.delivered(sent) == [address("p09")]


# ---- duplicates ----


def test_the_author_is_nobody_if_there_are_two(front):
    """Lists ask for the envelope's sender here; a header, once or twice, changes nothing."""
    person, stranger = "p04@example.test", "ann@example.net"
    for headers in ([], [("From", person)], [("From", person), ("From", stranger)]):
        for sender, expected in ((person, TEAM), (stranger, [])):
            sent = front.send(address("club"), sender=sender, headers=headers)
            assert front.delivered(sent) == expected
            code, text = sent.reply(address("club"))
            assert code == 250 if expected else (code == 550 and text.startswith("5.7.124 ")), text


def test_duplicate_headers_of_all_kinds(front):
    """Two of everything that is read: expanded once, members get one copy."""
    message_id = mail.new_message_id()
    headers = [("Message-ID", "<other@example.net>"), ("Date", "x"), ("Subject", "two"), ("From", "b@example.net"),
               ("X-Auto-Response-Suppress", "DR"), ("X-Auto-Response-Suppress", "NDR"), ("Content-Type", "text/plain"),
               ("Content-Type", "multipart/report; report-type=delivery-status")]
    accepted, reply, _ = one(front, "<%s>" % address("quiet"), headers=headers, message_id=message_id)
    assert accepted, reply
    front.mta.wait_idle()
    copies = [each for each in front.mta.sink.deliveries("<other@example.net>")
              if message_id.encode() in each.octets]
    assert sorted(each.recipient for each in copies) == TEAM
    for each in copies:
        values = each.message.get_all("X-Auto-Response-Suppress")
        assert len(values) == 1 and "OOF" in values[0], values


def test_one_group_by_all_its_addresses(front):
    """Named five times: each member gets one copy."""
    paths = ["<odd@example.test>", '<"quoted local"@example.test>', "<ODD@EXAMPLE.TEST>", "<odd=one@example.test>",
             "<@a.example:odd@example.test>"]
    message_id = mail.new_message_id()
    with front.dialog() as client:
        sent = client.transaction("<ann@example.net>", paths, mail.compose(message_id), message_id)
    assert sent.accepted and front.delivered(sent) == TEAM
