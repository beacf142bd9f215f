# SPDX-License-Identifier: BSD-2-Clause
"""The same scenarios over a real Sendmail as over a real Postfix: who may send, where reports go, absence, what is
split off, what is held

Where the two MTAs differ (what they say about clients: test_hostile.py; addresses: test_hostile_addresses.py):

| | Postfix 3.7 | Sendmail 8.17 |
|---|---|---|
| a refusal's text | ours alone | with the recipient before it |
| ADDRCPT_PAR (NOTIFY, ORCPT) | all that is asked | all that is asked |
| ORCPT of a member without one | made by Postfix: rfc822;member | none |
| copies of one message | one transaction for all members of a host | the same, in an order of its own |
| CHGFROM | the envelope of this message | the same |
| hold | the queue `hold`, postsuper -H | quarantined (hf), sendmail -qQ -Q, with the reason |
| SIZE= beyond the limit of a group | known at MAIL | the same |
| split | transport with a recipient limit of 1 | mailer without the flag m, by the mailertable |
| sendmail(1) | non_smtpd_milters (test_submission.py) | -bs and the submission agent (submit.cf): by SMTP, as any client |
| sendmail(1) past all filters | no | root's -bm with sendmail.cf: no filter is asked |
| members of one message | any number | max-sendmail-members |
"""
import contextlib
import subprocess

import pytest

from servers import front as fronts, mail, rollcalld
from servers.company import TEAM, TENANT, address
from servers.process import wait_for

LOGIN = {"tls": True, "login": ("ann", "Login.1")}
OUTSIDE = "x@elsewhere.example"
ALL_REPORTS = ["NOTIFY=SUCCESS,DELAY,FAILURE"]


def is_refused(sent, recipient, code, enhanced):
    """At RCPT or at the end."""
    answer = sent.reply(recipient)
    if answer[0] == 250:
        answer = sent.final
    return answer[0] == code and answer[1].startswith(enhanced + " ") and recipient in answer[1]


# ---- who may send ----

# group, sender, how, None or (code, enhanced)
SENDERS = [
    ("insiders", "ann@example.net", {}, (550, "5.7.133")),
    ("insiders", "p01@example.test", {}, (550, "5.7.133")),
    ("insiders", "ann@example.net", LOGIN, None),
    ("club", "ann@example.net", {}, (550, "5.7.124")),
    ("club", "ann@example.net", LOGIN, (550, "5.7.124")),
    ("club", "p04@example.test", {}, None),
    ("club", "P04.alias@Example.test", {}, None),
    ("club", "p02.alias@example.test", {}, None),  # in `static`
    ("club", "p06@example.test", {}, None),  # in `berlin`, a dynamic group
    ("club", "p08@example.test", {}, (550, "5.7.124")),
    ("closed", "ann@example.net", {}, None),
    ("closed", "p05.alias@example.test", {}, (550, "5.7.1")),
    ("closed", "p01@example.test", LOGIN, (550, "5.7.1")),  # in `lyon`
    ("closed", "p03@example.test", {}, None),
    ("overseen", "p02@example.test", {}, None),  # moderator
    ("overseen", "p03@example.test", {}, None),  # owner
    ("overseen", "p04.alias@example.test", {}, None),  # bypass
]


@pytest.mark.parametrize("group,sender,how,code", SENDERS,
                         ids=["%s-%s%s" % (one[0], one[1].split("@")[0], "-login" * bool(one[2])) for one in SENDERS])
def test_who_may_send(front, group, sender, how, code):
    sent = front.send(address(group), sender=sender, **how)
    if code is None:
        assert sent.accepted and front.delivered(sent) == TEAM
    else:
        assert is_refused(sent, address(group), *code), (sent.replies, sent.final)


def test_a_nested_group_asks_too(front):
    for how, expected in (({}, ["p03@example.test"]), (LOGIN, sorted([*TEAM, "p03@example.test"]))):
        assert front.delivered(front.send(address("aroundinsiders"), **how)) == expected


def test_size(front):
    """4 KB: what the message has counts, a client's SIZE= only if it is smaller."""
    small, big = "x" * 70 + "\r\n", ("x" * 70 + "\r\n") * 100
    for body, options, good in ((small, [], True), (small, ["SIZE=3000"], True), (small, ["SIZE=9000"], True),
                                (big, [], False), (big, ["SIZE=8000"], False)):
        sent = front.send(address("small"), body=body, mail_options=options)
        if good:
            assert front.delivered(sent) == TEAM, options
        else:
            assert is_refused(sent, address("small"), 550, "5.2.3"), (options, sent.replies, sent.final)
    sent = front.send([address("small"), OUTSIDE], body=big)
    assert front.delivered(sent) == [OUTSIDE]


# ---- reports ----

# group, NOTIFY of the client, sender and NOTIFY of the copies
REPORTS = [("toauthor", [], "ann@example.net", None), ("toauthor", ["NOTIFY=NEVER"], "ann@example.net", "NEVER"),
           ("toauthor", ["NOTIFY=SUCCESS"], "ann@example.net", "SUCCESS"),
           ("tomanager", [], address("manager"), "FAILURE"), ("tomanager", ALL_REPORTS, address("manager"), "FAILURE"),
           ("tomanager", ["NOTIFY=NEVER"], address("manager"), "NEVER"),
           ("tonobody", [], "", "NEVER"), ("tonobody", ALL_REPORTS, "", "NEVER")]


@pytest.mark.parametrize("group,options,sender,notify", REPORTS)
def test_reports_go_where_the_group_wants_them(front, group, options, sender, notify):
    sent = front.send([(address(group), options)])
    deliveries = front.deliveries(sent)
    assert sorted(one.recipient for one in deliveries) == TEAM
    assert {one.sender for one in deliveries} == {sender}
    assert {one.parameters.get("NOTIFY") for one in deliveries} == {notify}
    assert " split=0 " in front.line(sent, "envelope")


@contextlib.contextmanager
def unreachable(front, recipient):
    front.mta.sink.refuse(recipient, b"550 5.1.1 no such user")
    yield
    front.mta.sink.refused.clear()


@pytest.mark.parametrize("group,reported", [("toauthor", "author"), ("tomanager", "manager"), ("tonobody", None)])
def test_a_member_that_does_not_exist(front, group, reported):
    """The report that the MTA writes, and to whom; nobody else gets one."""
    author = "author-%s-%s@example.net" % (front.kind, group)
    with unreachable(front, "p02@example.test"):
        sent = front.send([address(group), OUTSIDE], sender=author)
        assert front.delivered(sent) == sorted(["p01@example.test", OUTSIDE])
    to = {"author": author, "manager": address("manager"), None: None}[reported]
    for mailbox in (author, address("manager")):
        reports = [one for one in front.mta.sink.addressed(mailbox)
                   if one.sender == "" and sent.message_id.encode() in one.octets]
        assert len(reports) == (mailbox == to), mailbox
        assert all(b"p02@example.test" in one.octets for one in reports)


# ---- absence ----


@pytest.mark.parametrize("headers,value", [([], "OOF"), ([("X-Auto-Response-Suppress", "OOF")], "OOF"),
                                           ([("X-Auto-Response-Suppress", "All")], "All"),
                                           ([("x-auto-response-suppress", "DR, NDR")], "DR, NDR, OOF")])
def test_no_replies_of_the_absent(front, headers, value):
    deliveries = front.deliveries(front.send(address("quiet"), headers=headers))
    assert sorted(one.recipient for one in deliveries) == TEAM
    assert [one.message.get_all("X-Auto-Response-Suppress") for one in deliveries] == [[value]] * 2


def test_replies_of_the_absent_where_the_group_allows_them(front):
    for one in front.deliveries(front.send(address("toauthor"))):
        assert one.message["X-Auto-Response-Suppress"] is None


# ---- what cannot share a message ----


def test_each_group_gets_what_it_needs(front):
    """Four groups and a stranger: one message from the client, each copy with its own sender and headers."""
    named = [*map(address, ("eleven", "twelve", "thirteen", "toauthor")), (OUTSIDE, ["NOTIFY=FAILURE"])]
    sent = front.send(named)
    copies = sorted("%s from <%s> NOTIFY=%s %s" % (one.recipient, one.sender, one.parameters.get("NOTIFY"),
                                                   one.message["X-Auto-Response-Suppress"])
                    for one in front.deliveries(sent))
    assert copies == ["p01@example.test from <ann@example.net> NOTIFY=None None",
                      "p02@example.test from <ann@example.net> NOTIFY=None None",
                      "p11@example.test from <manager@example.test> NOTIFY=FAILURE None",
                      "p12@example.test from <> NOTIFY=NEVER None",
                      "p13@example.test from <ann@example.net> NOTIFY=None OOF",
                      "x@elsewhere.example from <ann@example.net> NOTIFY=FAILURE None"]
    assert " split=3 " in front.line(sent, "envelope")


def test_a_refused_group_is_reported_by_the_mta(front):
    """After DATA, beside others: the size of a message without SIZE=."""
    author = "toolarge-%s@example.net" % front.kind
    sent = front.send([address("small"), OUTSIDE], body=("x" * 70 + "\r\n") * 100, sender=author)
    assert sent.accepted and front.delivered(sent) == [OUTSIDE]
    reports = front.mta.sink.addressed(author)
    assert len(reports) == 1 and b"5.2.3" in reports[0].octets and address("small").encode() in reports[0].octets


# ---- moderation: hold ----


def test_held_and_released(front):
    before = set(front.mta.held())
    sent = front.send(address("overseen"))
    assert sent.accepted and front.delivered(sent) == []
    held = set(front.mta.held()) - before
    assert len(held) == 1 and front.line(sent, "held")
    front.mta.release(held.pop())
    wait_for(lambda: front.mta.sink.recipients(sent.message_id), "what was released")
    assert front.delivered(sent) == TEAM and set(front.mta.held()) == before


def test_held_alone_while_others_go(front):
    before = set(front.mta.held())
    sent = front.send([address("overseen"), OUTSIDE])
    assert front.delivered(sent) == [OUTSIDE]
    held = set(front.mta.held()) - before
    assert len(held) == 1
    front.mta.release(held.pop())
    wait_for(lambda: len(front.mta.sink.recipients(sent.message_id)) == 3, "what was released")
    assert front.delivered(sent) == sorted([*TEAM, OUTSIDE])
    for one in front.deliveries(sent):
        assert one.sender == "ann@example.net"


# ---- members ----


def test_members_of_every_kind(front):
    """Remote mailboxes go to the tenant, contacts to their target, a chain to its end; forwarding is left to the
    member's server; who takes authenticated senders only is asked here, unless Exchange Online asks."""
    common = ["remote@" + TENANT, "guardedremote@" + TENANT, address("forwarder"), address("keeper"),
              "outside@partner.example.org", address("p03"), "routed@" + TENANT]
    sent = front.send(address("everykind"))
    assert front.delivered(sent) == sorted(common)
    assert 'reason=member-restricted' in front.line(sent, "skipped")
    assert front.delivered(front.send(address("everykind"), **LOGIN)) == sorted([*common, address("guarded")])


# ---- submitted on the host ----


def test_sendmail_bs_is_a_client_like_any_other(made_fronts):
    """SMTP by standard input; no login, so a stranger."""
    front = made_fronts("sendmail")
    for group, codes in (("insiders", [250, 550, 503]), ("toauthor", [250, 250, 354])):
        message_id = mail.new_message_id()
        with subprocess.Popen(front.mta.command("-bs"), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
            said = conversation(program, ["EHLO x", "MAIL FROM:<ann@example.net>", "RCPT TO:<%s>" % address(group),
                                          "DATA", *[mail.compose(message_id) + "."] * (group == "toauthor"), "QUIT"])
        assert said[2:5] == codes
        front.mta.wait_idle()
        assert front.mta.sink.recipients(message_id) == (TEAM if group == "toauthor" else [])


def conversation(program, lines):
    """The codes of the greeting and of each answer."""
    codes = []
    for line in [None, *lines]:
        if line is not None:
            program.stdin.write(line.encode() + b"\r\n")
            program.stdin.flush()
        while (answer := program.stdout.readline())[3:4] == b"-":
            pass
        codes.append(int(answer[:3]))
    return codes


# ---- an MTA that dies between the passes ----


def test_sendmail_killed_between_the_passes(new_folder, shared_workshop, special_ldif):
    """(Postfix: test_split.py.) The first pass is done, the second listener is not there yet; the MTA is killed and
    comes back: each member gets one copy, with what its group needs."""
    daemon = shared_workshop.daemon(rollcalld.from_ldif(special_ldif), trusted_networks=None, socket_group="",
                                    split_domain=fronts.SPLIT["sendmail"])
    printed, table = daemon.mta_config("sendmail", "sendmail.mc"), daemon.mta_config("sendmail", "mailertable")
    server = fronts.sendmail.Sendmail(new_folder("sendmail"), "local:" + daemon.socket)
    listener = [line for line in printed.splitlines() if line.startswith("DAEMON_OPTIONS(`Name=rollcall-split")]
    assert len(listener) == 1
    server.take(printed.replace(listener[0], ""), table)
    server.start()
    try:
        sent = mail.send(server.port, [address("quiet"), OUTSIDE])
        assert sent.accepted
        wait_for(lambda: server.sink.recipients(sent.message_id) == [OUTSIDE], "the first pass")
        server.process.kill()
        assert server.queued(), "what was split off waits"
        server.take(printed, table)
        server.start()
        server.run_queue()
        assert server.delivered(sent) == sorted([*TEAM, OUTSIDE])
        copies = {one.recipient: one.message["X-Auto-Response-Suppress"]
                  for one in server.sink.deliveries(sent.message_id)}
        assert copies == {TEAM[0]: "OOF", TEAM[1]: "OOF", OUTSIDE: None}
    finally:
        server.close()
