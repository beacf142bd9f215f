# SPDX-License-Identifier: BSD-2-Clause
"""The directory fails, in every way it can: mail waits, nobody is left out, and it goes on by itself"""
import re
import select
import time

import pytest

from servers import company, mail, rollcalld
from servers.company import address
from servers.process import free_port, wait_for
from servers.silent import SilentServer

QUICK = {"connect-timeout": "1 s", "answer-timeout": "1 s", "retry-interval": "1 s"}
SALES = company.expected()["sales"]


def relay_to(workshop, server, limits=None, **more):
    return workshop.relay(rollcalld.from_slapd(server, **{**QUICK, **more}), limits=limits or {"max-time": "4 s"})


def assert_deferred(relay, group="sales", within=8.0):
    """The group gets 451 4.4.3 in bounded time, mail to other domains passes."""
    began = time.monotonic()
    sent = mail.send(relay.port, [address(group), "x@elsewhere.example"])
    assert time.monotonic() - began < within
    code, text = sent.reply(address(group))
    assert code == 451 and text.startswith("4.4.3 "), sent.replies
    assert relay.mta.delivered(sent) == ["x@elsewhere.example"]


def assert_expanded(relay):
    sent = mail.send(relay.port, address("sales"))
    assert sent.accepted, sent.replies
    assert relay.mta.delivered(sent) == SALES


def wait_until_expanded(relay):
    """The breaker is given the time to see that the server is back."""
    sent = wait_for(lambda: (lambda one: one.accepted and one)(mail.send(relay.port, address("sales"))), "recovery",
                    15, 0.2)
    assert relay.mta.delivered(sent) == SALES


def test_stopped_and_started_again(new_slapd, workshop):
    server = new_slapd()
    relay = relay_to(workshop, server)
    assert_expanded(relay)
    server.stop()
    assert_deferred(relay)
    assert_deferred(relay, "static")
    server.start()
    wait_until_expanded(relay)


def test_never_there(new_slapd, workshop):
    """rollcalld starts without its directory, and finds it when it comes."""
    server = new_slapd()
    server.stop()
    relay = relay_to(workshop, server)
    assert_deferred(relay)
    server.start()
    wait_until_expanded(relay)


def test_killed_and_restarted_between_messages(new_slapd, workshop):
    """The pool's connections are dead, which it can only learn by using one."""
    server = new_slapd()
    relay = relay_to(workshop, server)
    assert_expanded(relay)
    server.kill()
    server.start()
    wait_until_expanded(relay)


def test_stopped_between_rcpt_and_dot(new_slapd, workshop):
    """What was promised at RCPT needs no directory any more."""
    server = new_slapd()
    relay = relay_to(workshop, server)
    sent = mail.send(relay.port, [address("sales"), address("static")], before_dot=server.stop)
    assert sent.accepted
    assert relay.mta.delivered(sent) == sorted({*SALES, *company.expected()["static"]})


def test_changed_between_rcpt_and_dot(new_slapd, workshop):
    server = new_slapd()
    relay = relay_to(workshop, server)
    sent = mail.send(relay.port, address("static"),
                     before_dot=lambda: server.replace(company.group_dn("static"), member=[company.person_dn(5)]))
    assert relay.mta.delivered(sent) == company.expected()["static"]
    sent = mail.send(relay.port, address("static"))
    assert relay.mta.delivered(sent) == [company.route(5)]


def test_frozen(new_slapd, workshop):
    server = new_slapd()
    relay = relay_to(workshop, server)
    assert_expanded(relay)
    server.freeze()
    try:
        assert_deferred(relay)
        assert_deferred(relay, "static", within=8.0)
    finally:
        server.thaw()
    wait_until_expanded(relay)


def test_frozen_holds_nobody_else_up(new_slapd, workshop):
    """Others' mail passes while a session waits for the directory, which it does for 5 seconds."""
    server = new_slapd()
    relay = relay_to(workshop, server, **{"connect-timeout": "30 s", "answer-timeout": "30 s"},
                     limits={"max-time": "20 s"})
    assert_expanded(relay)
    session = mail.connect(relay.port)
    session.ehlo()
    session.mail("ann@example.net")
    server.freeze()
    try:
        session.putcmd("RCPT", "TO:<%s>" % address("sales"))
        sent = mail.send(relay.port, "x@elsewhere.example")
        assert sent.accepted and not select.select([session.sock], [], [], 0)[0]
        assert session.getreply()[0] == 451
    finally:
        server.thaw()
        session.close()


@pytest.mark.parametrize("scheme", ["ldaps", "ldap"])
def test_silent_at_the_handshake(slapd, workshop, scheme):
    """A server that accepts and never answers: TLS handshake, StartTLS or bind."""
    silent = SilentServer()
    try:
        relay = relay_to(workshop, slapd, uri="%s://127.0.0.1:%d" % (scheme, silent.port), tls="required")
        assert_deferred(relay)
        wait_for(lambda: silent.accepted, "a connection")
    finally:
        silent.close()


@pytest.mark.parametrize("kind", ["dead", "silent"])
def test_first_server_dead_second_alive(slapd, workshop, kind):
    silent = SilentServer() if kind == "silent" else None
    try:
        port = silent.port if silent else free_port()
        relay = relay_to(workshop, slapd, uri="ldaps://127.0.0.1:%d %s" % (port, slapd.tls_uri), tls="required",
                         limits={"max-time": "5 s"}, **{"tls-ca-file": slapd.ca_file})
        wait_until_expanded(relay)
        assert_expanded(relay)
        took = re.search(r" time=([0-9.]+)ms", relay.daemon.grep("expanded: ")[-1])
        assert float(took.group(1)) < 1000  # connect-timeout was not waited for again
    finally:
        if silent:
            silent.close()


def test_both_servers_take_turns(new_slapd, workshop):
    first, second = new_slapd(), new_slapd()
    relay = relay_to(workshop, first, uri="%s %s" % (first.uri, second.uri))
    assert_expanded(relay)
    first.stop()
    wait_until_expanded(relay)
    second.stop()
    assert_deferred(relay)
    first.start()
    wait_until_expanded(relay)


def test_wrong_password(slapd, workshop, new_folder):
    path = new_folder("secret") + "/password"
    with open(path, "w", encoding="ascii") as out:
        out.write("wrong\n")
    relay = relay_to(workshop, slapd, **{"password-file": path})
    assert_deferred(relay)


def test_untrusted_certificate(slapd, new_slapd, workshop):
    """Signed by somebody else's authority: no password is ever sent there."""
    other = new_slapd()
    relay = workshop.relay(rollcalld.from_slapd(slapd, tls=True, **{**QUICK, "tls-ca-file": other.ca_file}),
                           limits={"max-time": "4 s"})
    assert_deferred(relay)


@pytest.mark.parametrize("limits", ["size.soft=3 size.hard=3", "size.soft=3 size.hard=3 size.prtotal=3",
                                    "size.soft=unlimited size.hard=unlimited size.pr=2"])
def test_size_limit_defers(new_slapd, workshop, limits):
    """A server that gives three entries and stops: never a part. The last gives small pages and no limit at all,
    or refuses the page size: whole or deferred, nothing between."""
    server = new_slapd(limited=limits)
    relay = relay_to(workshop, server, **{"bind-dn": "cn=limited,DC=example,DC=test"})
    sent = mail.send(relay.port, [address("sales"), "x@elsewhere.example"])
    delivered = relay.mta.delivered(sent)
    code, text = sent.reply(address("sales"))
    if code == 250:
        assert "size.pr=2" in limits and delivered == sorted([*SALES, "x@elsewhere.example"])
    else:
        assert (code, text[:6]) == (451, "4.4.3 ") and delivered == ["x@elsewhere.example"]


def test_base_that_is_gone(new_slapd, workshop):
    """The group's base does not exist any more: somebody must repair it, nobody is told that the group is empty."""
    server = new_slapd()
    server.replace(company.group_dn("lyon"), msExchDynamicDLBaseDN=["OU=Gone," + company.PEOPLE])
    relay = relay_to(workshop, server)
    sent = mail.send(relay.port, address("lyon"))
    code, text = sent.reply(address("lyon"))
    assert code == 451 and text.startswith("4.3.5 ")


def test_controller_frozen(controller, workshop):
    relay = workshop.relay(rollcalld.from_controller(controller, **QUICK), inside=controller,
                           limits={"max-time": "4 s"})
    wait_until_expanded(relay)
    controller.freeze()
    try:
        assert_deferred(relay)
    finally:
        controller.thaw()
    wait_until_expanded(relay)


# ---- what is remembered of a server's answers, without a mirror ----


def test_remembered_answers(new_slapd, workshop):
    """While no server answers they are used up to stale-limit; but nobody is refused for what was so then."""
    server = new_slapd()
    relay = relay_to(workshop, server, mirror="no", **{"cache-time": "1 s", "stale-limit": "1 h"})
    assert_expanded(relay)
    nobody, unknown = address("nobody"), address("unknown")
    assert mail.send(relay.port, nobody).reply(nobody)[0] == 550
    assert mail.send(relay.port, unknown).reply(unknown)[0] == 250
    server.stop()
    wait_for(lambda: (lambda one: one.accepted and relay.daemon.grep("%s: expanded: .* via=cache .*stale=yes" % one.queue_id))(
        mail.send(relay.port, address("sales"))), "a stale answer", 20, 0.3)
    sent = mail.send(relay.port, address("sales"))
    assert sent.accepted and relay.mta.delivered(sent) == SALES
    # it was asked for after sales, so that cache-time may not be over yet
    wait_for(lambda: mail.send(relay.port, nobody).reply(nobody)[0] != 550, "no answer that could refuse", 20, 0.3)
    assert mail.send(relay.port, nobody).reply(nobody)[0] == 451
    assert mail.send(relay.port, unknown).reply(unknown)[0] == 250
    assert_deferred(relay, "lyon")  # which nobody has asked for
    server.start()
    wait_until_expanded(relay)


def test_remembered_answers_past_the_stale_limit(new_slapd, workshop):
    server = new_slapd()
    relay = relay_to(workshop, server, mirror="no", **{"cache-time": "1 s", "stale-limit": "2 s"})
    assert_expanded(relay)
    server.stop()
    wait_for(lambda: mail.send(relay.port, address("sales")).reply(address("sales"))[0] == 451, "no answer", 20, 0.3)
    assert_deferred(relay)
