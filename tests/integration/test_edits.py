# SPDX-License-Identifier: BSD-2-Clause
"""The exact stream of replies and edits, as the milter protocol carries it: order, arguments, nothing more"""
import re

import pytest

from servers import company, rollcalld
from servers.company import address
from servers.milter_driver import ACTIONS, ALL_ACTIONS, POSTFIX, SENDMAIL, Reply, ProtocolError

TRACE = "X-Rollcall-Trace"


@pytest.fixture(scope="module")
def daemon(company_ldif, shared_workshop):
    return shared_workshop.daemon(rollcalld.from_ldif(company_ldif), trusted_networks="192.0.2.0/24")


@pytest.fixture(scope="module")
def tcp_daemon(company_ldif, shared_workshop):
    return shared_workshop.daemon(rollcalld.from_ldif(company_ldif), tcp=True, trusted_networks="192.0.2.0/24")


@pytest.fixture(params=["postfix", "sendmail"])
def session(request, daemon):
    with daemon.driver(POSTFIX if request.param == "postfix" else SENDMAIL) as driver:
        yield driver.open({"{client_addr}": "192.0.2.9"})


def headers_and_recipients(edits):
    """Splits the stream; whatever else is in it stays in the second part."""
    return ([edit for edit in edits if edit.name in ("addheader", "insheader")],
            [edit for edit in edits if edit.name not in ("addheader", "insheader")])


def added(*routes):
    return [Reply("addrcpt", ("<%s>" % one,)) for one in routes]


def deleted(*arguments):
    return [Reply("delrcpt", ("<%s>" % one,)) for one in arguments]


def test_no_group_no_edit(session):
    outcome = session.message(["p01@example.test", "x@elsewhere.example", "nobody.here@example.test"])
    assert outcome.edits == []
    assert outcome.final.name in ("continue", "accept")


def test_one_group(session):
    outcome = session.message(address("static"))
    headers, recipients = headers_and_recipients(outcome.edits)
    assert recipients == deleted(address("static")) + added(*company.expected()["static"])
    assert outcome.final.name in ("continue", "accept")
    assert len(headers) == 1 and TRACE in headers[0].fields


@pytest.mark.parametrize("argument", ["STATIC@Example.TEST", '"static"@example.test', '"st\\atic"@example.test'])
def test_the_argument_is_kept_byte_for_byte(session, argument):
    _, recipients = headers_and_recipients(session.message(argument).edits)
    assert recipients == deleted(argument) + added(*company.expected()["static"])


def test_all_deletions_before_all_additions(session):
    """Also where the same group is named twice, in two spellings: both go, its members come once."""
    named = [address("static"), "plain@elsewhere.example", "Static@example.test", address("partners")]
    _, recipients = headers_and_recipients(session.message(named).edits)
    assert recipients[:3] == deleted(*sorted(name for name in named if "plain" not in name))
    members = {*company.expected()["static"], *company.expected()["partners"]}
    assert sorted(recipients[3:]) == sorted(added(*members))


def test_named_recipients_are_not_added_again(session):
    _, recipients = headers_and_recipients(session.message([address("static"), "P01@EXAMPLE.TEST"]).edits)
    assert recipients == deleted(address("static")) + added("p02@example.test", "partner1@partner.example.org")


def test_one_named_by_a_second_address_is_not_added(session):
    """The person is the same: who was named by any of his addresses gets one copy."""
    _, recipients = headers_and_recipients(session.message([address("static"), "p01.alias@example.test"]).edits)
    assert recipients == deleted(address("static")) + added("p02@example.test", "partner1@partner.example.org")


def test_every_member_named_already(session):
    named = [address("static"), *company.expected()["static"]]
    outcome = session.message(named)
    _, recipients = headers_and_recipients(outcome.edits)
    assert recipients == deleted(address("static"))
    assert outcome.final.name in ("continue", "accept")


def test_notify_is_carried(session):
    outcome = session.message([(address("static"), ["NOTIFY=SUCCESS,DELAY", "ORCPT=rfc822;static@example.test"])])
    _, recipients = headers_and_recipients(outcome.edits)
    assert recipients[0] == deleted(address("static"))[0]
    assert [edit.name for edit in recipients[1:]] == ["addrcpt_par"] * 3
    assert [edit.fields[0] for edit in recipients[1:]] == ["<%s>" % one for one in company.expected()["static"]]
    assert {edit.fields[1] for edit in recipients[1:]} == {"NOTIFY=SUCCESS,DELAY ORCPT=rfc822;static@example.test"}


def test_refused_recipients_leave_no_edit(session):
    outcome = session.message([address("broken"), address("nobody"), "p01@example.test"])
    assert [reply.name for reply in outcome.recipients] == ["replycode", "replycode", "continue"]
    assert outcome.recipients[0].fields[0].startswith("451 4.3.5 ")
    assert outcome.recipients[1].fields[0].startswith("550 5.2.4 ")
    assert outcome.edits == []


def test_authentication_by_macro(daemon):
    """SASL counts when the MTA says so; the network does not, out of trusted-networks."""
    with daemon.driver() as driver:
        driver.open({"{client_addr}": "198.51.100.1"})
        outcome = driver.message(address("authonly"))
        assert outcome.recipients[0].fields[0].startswith("550 5.7.133 ")
        outcome = driver.message(address("authonly"), macros={"{auth_authen}": "ann", "{auth_type}": "PLAIN"})
        assert outcome.recipients[0].name == "continue"
        outcome = driver.message(address("authonly"), macros={"{auth_authen}": "", "{auth_type}": ""})
        assert outcome.recipients[0].fields[0].startswith("550 5.7.133 ")


def test_trace_header_is_opaque(session):
    headers = [("Message-ID", "<1@example.net>")]
    first, _ = headers_and_recipients(session.message(address("static"), headers=headers).edits)
    again, _ = headers_and_recipients(session.message(address("static"), headers=headers).edits)
    other, _ = headers_and_recipients(session.message(address("static"),
                                                      headers=[("Message-ID", "<2@example.net>")]).edits)
    group, _ = headers_and_recipients(session.message(address("partners"), headers=headers).edits)
    values = [one[0].fields[-1].strip() for one in (first, again, other, group)]
    assert values[0] == values[1] and len(set(values)) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9+/=]{44}", value) for value in values)


def test_one_trace_for_each_group(session):
    headers, _ = headers_and_recipients(session.message([address("static"), "Static@example.test",
                                                         address("partners")]).edits)
    assert len(headers) == 2


def trace_of(session, group, message_id):
    headers, _ = headers_and_recipients(session.message(group, headers=[("Message-ID", message_id)]).edits)
    return (TRACE, headers[0].fields[-1].strip())


def test_loop(session):
    """The message comes back to the group it was expanded for."""
    identity = ("Message-ID", "<loop@example.net>")
    trace = trace_of(session, address("static"), identity[1])
    outcome = session.message(address("static"), headers=[identity, trace])
    assert outcome.final.name == "replycode" and re.match(r"55\d 5\.4\.6 ", outcome.final.fields[0])
    assert outcome.edits == []


def test_loop_beside_others(session):
    """A refusal here would be for all: those who share the message must not lose it."""
    identity = ("Message-ID", "<loop@example.net>")
    trace = trace_of(session, address("static"), identity[1])
    outcome = session.message([address("static"), "x@elsewhere.example"], headers=[identity, trace])
    assert outcome.final.name == "replycode" and outcome.final.fields[0].startswith("4")
    assert outcome.edits == []


def test_foreign_trace_is_no_loop(session):
    """Another group's trace, another message's, and an invented one."""
    identity = ("Message-ID", "<loop@example.net>")
    for trace in (trace_of(session, address("partners"), identity[1]),
                  trace_of(session, address("static"), "<another@example.net>"), (TRACE, "A" * 43 + "=")):
        outcome = session.message(address("static"), headers=[identity, trace])
        assert outcome.final.name in ("continue", "accept")
        assert len(outcome.edits) == 5


def test_relays_with_one_key_know_each_others_traces(daemon, tcp_daemon, company_ldif, workshop, session):
    identity = ("Message-ID", "<relay@example.net>")
    trace = trace_of(session, address("static"), identity[1])
    stranger = tcp_daemon
    friend = workshop.daemon(rollcalld.from_ldif(company_ldif), key_file=daemon.milter["key-file"])
    for other, code in ((friend, "replycode"), (stranger, "continue")):
        with other.driver() as driver:
            driver.open({"{client_addr}": "192.0.2.9"})
            final = driver.message(address("static"), headers=[identity, trace]).final
            assert final.name == code or code == "continue" and final.name == "accept"


def test_messages_of_one_session_do_not_mix(session):
    """After a message, after an abort, and after a MAIL that nothing followed."""
    session.message(address("partners"))
    session.mail("ann@example.net")
    session.rcpt("<%s>" % address("berlin"))
    session.abort()
    session.mail("ann@example.net", "SIZE=1000")
    session.rcpt("<%s>" % address("lyon"))
    session.abort()
    _, recipients = headers_and_recipients(session.message(address("static")).edits)
    assert recipients == deleted(address("static")) + added(*company.expected()["static"])


def test_quit_and_new_connection(daemon):
    """SMFIC_QUIT_NC: Sendmail may keep the connection for its next client."""
    with daemon.driver(SENDMAIL) as driver:
        driver.open({"{client_addr}": "192.0.2.9"})
        driver.mail("ann@example.net")
        driver.rcpt("<%s>" % address("berlin"))
        driver.write("K")
        driver.open({"{client_addr}": "198.51.100.1"})
        assert driver.message(address("authonly")).recipients[0].fields[0].startswith("550 5.7.133 ")


def test_negotiation_is_modest(daemon, tcp_daemon):
    """The rest of a body can be declined; over TCP every stage that comes is answered (unanswered ones cost 40 ms
    each)."""
    for one, over_tcp in ((daemon, False), (tcp_daemon, True)):
        with one.driver() as driver:
            assert driver.steps & 0x400, "the body is sent for nothing"
            assert not driver.steps & 0x8, "RCPT must come"
            assert not driver.steps & 0x8000, "RCPT must be answered"
            if over_tcp:
                assert not driver.steps & 0x4000, "MAIL must be answered over TCP"


def body_replies(driver, recipient, *chunks, options=()):
    driver.mail("ann@example.net", *options)
    driver.rcpt("<%s>" % recipient)
    driver.header("Subject", "test")
    return [driver.body(chunk).name for chunk in chunks]


def test_one_chunk_of_the_body_is_enough(daemon):
    """Without a group the answer to it ends the message; with one the rest is declined."""
    with daemon.driver(POSTFIX) as driver:
        driver.open({"{client_addr}": "192.0.2.9"})
        for _ in range(3):
            assert body_replies(driver, "p01@example.test", b"x" * 65535) == ["accept"]
            assert body_replies(driver, address("static"), b"x" * 65535) == ["skip"]
            assert len(headers_and_recipients(driver.end_of_message()[0])[1]) == 4
        # nothing is left of a message that ended so
        assert driver.message(address("authonly")).final.name in ("continue", "accept")


def test_an_mta_that_cannot_skip(daemon):
    with daemon.driver(POSTFIX, steps=POSTFIX.steps & ~0x400) as driver:
        driver.open({"{client_addr}": "192.0.2.9"})
        assert body_replies(driver, address("static"), b"x", b"y") == ["continue", "continue"]
        assert len(headers_and_recipients(driver.end_of_message()[0])[1]) == 4


def test_an_mta_that_cannot_add_recipients_is_refused(daemon):
    """Without ADDRCPT or DELRCPT nothing could ever be expanded: better no milter than one that does nothing."""
    for missing in ("addrcpt", "delrcpt"):
        with pytest.raises((ConnectionError, ProtocolError)):
            daemon.driver(actions=ALL_ACTIONS & ~ACTIONS[missing]).open()


def test_without_addrcpt_par_notify_is_not_lost_silently(daemon):
    """An old MTA without parameters for additions still gets the members."""
    with daemon.driver(actions=ALL_ACTIONS & ~ACTIONS["addrcpt_par"]) as driver:
        driver.open({"{client_addr}": "192.0.2.9"})
        outcome = driver.message([(address("static"), ["NOTIFY=NEVER"])])
        _, recipients = headers_and_recipients(outcome.edits)
        assert recipients == deleted(address("static")) + added(*company.expected()["static"])


def test_large_roster_over_tcp(tcp_daemon):
    with tcp_daemon.driver() as driver:
        driver.open({"{client_addr}": "192.0.2.9"})
        _, recipients = headers_and_recipients(driver.message(address("crowd")).edits)
        assert recipients == deleted(address("crowd")) + added(*company.crowd_routes(10000))


def test_sendmail_cap(company_ldif, workshop):
    daemon = workshop.daemon(rollcalld.from_ldif(company_ldif), max_sendmail_members=100)
    for personality, refused in ((SENDMAIL, True), (POSTFIX, False)):
        with daemon.driver(personality) as driver:
            reply = driver.open().message(address("big")).recipients[0]
            assert (reply.name == "replycode") == refused
    with daemon.driver(SENDMAIL) as driver:
        outcome = driver.open().message([address("hundred"), address("static")])
        assert outcome.recipients[0].name == "continue"
        assert outcome.recipients[1].fields[0].startswith("452 4.5.3 ")


def test_a_client_that_leaves_at_every_stage(daemon):
    """The MTA goes away: nothing is left behind, the next session works."""
    for stages in range(6):
        driver = daemon.driver()
        steps = [driver.connect, driver.helo, lambda: driver.mail("ann@example.net"),
                 lambda: driver.rcpt("<%s>" % address("crowd")), driver.data,
                 lambda: driver.write("E")]
        for step in steps[:stages]:
            step()
        driver.socket.close()
    with daemon.driver() as driver:
        driver.open({"{client_addr}": "192.0.2.9"})
        assert len(driver.message(address("static")).edits) == 5
