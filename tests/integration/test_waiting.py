# SPDX-License-Identifier: BSD-2-Clause
"""Who waits for a directory that does not answer, or slowly: few at once, none for long, and the rest are put off at once"""
import threading

import pytest

from servers import company, rollcalld
from servers.company import address
from servers.process import wait_for
from servers.slow import SlowProxy

STATIC = company.expected()["static"]
SESSIONS, MOST = 12, 4
# No server is given up during the test: what ends the waiting is that mail may not wait.
PATIENT = {"mirror": "no", "connect-timeout": "30 s", "answer-timeout": "30 s", "max-waiting": str(MOST)}


def ask(daemon, group):
    """The reply to RCPT, as text; "continue": it is accepted."""
    with daemon.driver() as session:
        session.open()
        session.mail("ann@example.net")
        reply = session.rcpt("<%s>" % group)
        return reply.fields[0] if reply.fields else reply.name


def crowd(daemon, groups):
    """All at nearly the same time: libmilter starts a thread for each only if they come one by one."""
    replies = []
    threads = [threading.Thread(target=lambda group=group: replies.append(ask(daemon, group))) for group in groups]
    for thread in threads:
        thread.start()
        thread.join(0.05)
    for thread in threads:
        thread.join()
    return replies


@pytest.mark.parametrize("groups", [[address("sales")] * SESSIONS,
                                    ["nobody%d@example.test" % number for number in range(SESSIONS)]])
@pytest.mark.parametrize("cache", ["10 s", "0 s"])
def test_few_wait_for_a_frozen_server(new_slapd, workshop, groups, cache):
    server = new_slapd()
    daemon = workshop.daemon(rollcalld.from_slapd(server, **{**PATIENT, "cache-time": cache}))
    wait_for(lambda: ask(daemon, address("berlin")) == "continue", "a roster")
    server.freeze()
    try:
        replies = crowd(daemon, groups)
    finally:
        server.thaw()
    assert all(reply.startswith("451 4.4.3 ") for reply in replies), replies
    told_at_once = daemon.grep("deferred: .*too many requests are waiting")
    assert SESSIONS - len(told_at_once) <= 1 + MOST, daemon.log()


def test_a_slow_server_is_not_waited_for_again_and_again(new_slapd, workshop):
    """Each of its answers comes in time, all of them do not. Whoever asks at the terminal may wait."""
    server = new_slapd()
    proxy = SlowProxy(server.port)
    try:
        daemon = workshop.daemon(rollcalld.from_slapd(server, uri=proxy.uri, schema="rfc", **{**PATIENT, "cache-time": "0 s"}))
        wait_for(lambda: ask(daemon, address("berlin")) == "continue", "a roster")
        proxy.delay = 2.0
        assert ask(daemon, address("static")).startswith("451 4.4.3 ")
        assert daemon.grep("deferred: .*no complete answer in time")
        shown = rollcalld.command("members", address("static"), "--format", "addresses", "--config", daemon.config).stdout
        assert sorted(shown.split()) == STATIC
        proxy.delay = 0.0
        wait_for(lambda: ask(daemon, address("static")) == "continue", "a roster")
    finally:
        proxy.close()
