# SPDX-License-Identifier: BSD-2-Clause
"""test_streams.py - what a mirror hears of a real slapd: content synchronization (RFC 4533) and polling

Driven by stream-probe, which prints each batch. The tests keep an image of their own from what it prints, and compare
that with what the server says.
"""
import os
import re
import shutil

import pytest
from servers import company
from servers.process import wait_for
from servers.silent import FullServer, SilentServer
from servers.slapd import BASE, Slapd
from servers.stream_follower import OTHER, PERSON, after_full_pass, exercise, names_on


def impatient(seconds):
    return ["--answer-timeout", seconds, "--connect-timeout", seconds]


def slapd_of(new_folder, sync=1000, entries=None):
    return Slapd(new_folder("slapd"), company.entries() if entries is None else entries, sync=sync)


@pytest.fixture
def syncing(new_folder):
    made = []

    def make(**options):
        made.append(slapd_of(new_folder, **options).start())
        return made[-1]
    yield make
    for server in made:
        server.stop()


@pytest.mark.parametrize("method, sync", [("auto", 1000), ("poll", None)])
def test_slapd(syncing, follow, method, sync):
    server = syncing(sync=sync)
    one = after_full_pass(follow("--uri", server.uri, "--method", method, "--presence", "0.3"))
    assert {dn.lower() for dn, _ in one.image.entries.values()} == names_on(server)
    exercise(server, one)
    assert {dn.lower() for dn, _ in one.image.entries.values()} == names_on(server)
    assert ("method=syncrepl" if sync else "method=poll") in one.status()


def test_syncrepl_stays_current_while_nothing_happens(syncing, follow):
    server = syncing()
    one = after_full_pass(follow("--uri", server.uri))
    have = one.done("changes")
    one.until(lambda image: one.done("changes") >= have + 5, "proofs of life")
    assert float(re.search(r"age=([0-9.]+)", one.status())[1]) < 5
    assert one.done("presence") == 0 and one.done("full") == 1


@pytest.mark.parametrize("sync, resumed", [(1000, "changes"), (0, "presence")])
def test_syncrepl_resumes_by_its_cookie(syncing, follow, new_folder, sync, resumed):
    """With a session log the server tells what has been deleted, without what is present."""
    server = syncing(sync=sync)
    cookie = os.path.join(new_folder("cookie"), "cookie")
    one = after_full_pass(follow("--uri", server.uri, "--cookie-file", cookie))
    one.stop()
    server.delete(PERSON)
    server.replace(OTHER, description=["resumed"])
    two = follow("--uri", server.uri, "--cookie-file", cookie)
    two.image.entries = one.image.entries
    two.until(lambda image: two.done(resumed) >= 1 and not image.named(PERSON), "the deletion")
    assert two.image.values(OTHER, "description") == {"resumed"} and two.done("full") == 0
    assert {dn.lower() for dn, _ in two.image.entries.values()} == names_on(server)


def test_a_cookie_of_nobody_costs_a_full_pass(syncing, follow, new_folder):
    server = syncing()
    cookie = os.path.join(new_folder("cookie"), "cookie")
    after_full_pass(follow("--uri", server.uri, "--cookie-file", cookie)).stop()
    with open(cookie, "rb") as file:
        whole = file.read()
    head, _, own = whole.partition(b"\n\n")
    for broken in (b"", b"\0" * 50, head, head + b"\n\n" + b"x" * len(own), head + b"\n\nrid=000,csn=garbage",
                   head.replace(b"DC=example", b"DC=elsewhere") + b"\n\n" + own):
        with open(cookie, "wb") as file:
            file.write(broken)
        two = after_full_pass(follow("--uri", server.uri, "--cookie-file", cookie))
        assert two.done("full") == 1 and {dn.lower() for dn, _ in two.image.entries.values()} == names_on(server)


def test_a_batch_that_is_refused_costs_a_full_pass(syncing, follow):
    server = syncing()
    one = after_full_pass(follow("--uri", server.uri, "--poll", "3600"))
    one.tell("refuse")
    one.tell("status")
    one.other.get(timeout=20)
    server.replace(OTHER, description=["refused"])
    one.until(lambda image: one.done("full") == 2, "another full pass")
    assert one.image.values(OTHER, "description") == {"refused"}


def test_refreshes_that_are_asked_for(syncing, follow):
    server = syncing()
    one = after_full_pass(follow("--uri", server.uri))
    one.tell("refresh presence")
    one.until(lambda image: one.done("presence") == 1, "a presence pass")
    one.tell("refresh full")
    one.until(lambda image: one.done("full") == 2, "a full pass")


def test_syncrepl_with_what_the_server_lost(syncing, follow):
    """It comes back with an older state than it had."""
    server = syncing()
    server.replace(OTHER, description=[])
    server.stop()  # it writes its contextCSN at the end
    shutil.copytree(server.folder + "/db", server.folder + "/backup", ignore=shutil.ignore_patterns("lock.mdb"))
    server.start()
    one = after_full_pass(follow("--uri", server.uri))
    server.replace(OTHER, description=["lost"])
    one.until(lambda image: image.values(OTHER, "description") == {"lost"}, "the change")
    server.stop()
    shutil.rmtree(server.folder + "/db")
    shutil.copytree(server.folder + "/backup", server.folder + "/db")
    server.start()
    one.until(lambda image: image.values(OTHER, "description") == set(), "the older state")
    assert one.done("full") == 2


def test_restart(syncing, follow):
    server = syncing()
    one = after_full_pass(follow("--uri", server.uri))
    server.stop()
    one.event("mirror stream failed")
    assert "error=-" not in one.status()
    server.start()
    server.delete(PERSON)
    one.until(lambda image: not image.named(PERSON), "the deletion")
    assert one.done("full") == 1
    wait_for(lambda: "error=-" in one.status(), "an end of the error")


@pytest.mark.parametrize("method", ["syncrepl", "poll"])
def test_frozen_and_thawed(syncing, follow, method):
    server = syncing()
    one = after_full_pass(follow("--uri", server.uri, "--method", method, *impatient(1)))
    server.freeze()
    one.event("mirror stream failed")
    server.thaw()
    server.replace(OTHER, description=["thawed"])
    one.until(lambda image: image.values(OTHER, "description") == {"thawed"}, "the change")
    assert one.done("full") == 1


@pytest.mark.parametrize("method", ["syncrepl", "poll"])
def test_stop_while_frozen(syncing, follow, method):
    server = syncing()
    one = after_full_pass(follow("--uri", server.uri, "--method", method, *impatient(30)))
    server.freeze()
    assert one.stop() < 1.0
    two = follow("--uri", server.uri, "--method", method, *impatient(30))
    two.status()
    assert two.stop() < 1.0
    server.thaw()


def test_stop_while_connecting_to_nowhere(follow):
    """TEST-NET-1 (RFC 5737): nobody answers, or there is no route."""
    one = follow("--uri", "ldap://192.0.2.1", "--connect-timeout", "30")
    one.status()
    assert one.stop() < 1.0


def test_two_servers_in_turn(syncing, new_folder, follow):
    """The same database on two servers, one at a time: the second takes the cookie of the first."""
    first = syncing()
    second = slapd_of(new_folder, entries=())
    one = after_full_pass(follow("--uri", first.uri, "--uri", second.uri, "--retry-interval", "0.2"))
    running, standing = first, second
    for turn in ("one", "two", "three"):
        running.stop()
        shutil.rmtree(standing.folder + "/db")
        shutil.copytree(running.folder + "/db", standing.folder + "/db", ignore=shutil.ignore_patterns("lock.mdb"))
        running, standing = standing, running
        running.start()
        running.replace(OTHER, description=[turn])
        one.until(lambda image, turn=turn: image.values(OTHER, "description") == {turn}, "turn " + turn)
    assert one.done("full") == 1
    running.stop()


def test_the_next_server_when_one_freezes(syncing, new_folder, follow):
    first, second = syncing(), slapd_of(new_folder, entries=())
    first.stop()
    shutil.rmtree(second.folder + "/db")
    shutil.copytree(first.folder + "/db", second.folder + "/db", ignore=shutil.ignore_patterns("lock.mdb"))
    first.start()
    second.start()
    one = after_full_pass(follow("--uri", first.uri, "--uri", second.uri, *impatient(1)))
    first.freeze()
    second.replace(OTHER, description=["from the second"])
    one.until(lambda image: image.values(OTHER, "description") == {"from the second"}, "the second server")
    assert one.done("full") == 1
    first.thaw()
    second.stop()


def test_stop_while_nobody_accepts(follow):
    full = FullServer()
    stuck = follow("--uri", full.uri, "--connect-timeout", "4")
    stuck.status()
    assert stuck.stop() < 1.0
    full.close()


def test_stop_while_the_handshake_is_not_answered(follow, syncing):
    silent = SilentServer()
    one = follow("--uri", "ldaps://127.0.0.1:%d" % silent.port, "--ca-file", syncing().ca_file, *impatient(30))
    one.status()
    assert one.stop() < 1.0
    silent.close()
