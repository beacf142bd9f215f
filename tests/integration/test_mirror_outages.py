# SPDX-License-Identifier: BSD-2-Clause
"""test_mirror_outages.py - a mirror without its server, without its disk, and after being killed"""
import os
import random
import shutil
import time

import ldap
import pytest

from servers import company, ldif, mail, rollcalld
from servers.company import address
from servers.mirror import Mirror
from servers.process import run, wait_for
from servers.silent import FullServer
from servers.slapd import BASE, Slapd

QUICK = {"connect-timeout": "1 s", "answer-timeout": "1 s", "retry-interval": "1 s"}
SALES = company.expected()["sales"]
STATIC = company.group_dn("static")
CROWD = 400
AT_MOST = 10.0


def entries():
    yield from company.entries()
    yield from company.crowd(CROWD)
    yield company.dynamic("crowd", "(objectClass=user)", base="OU=Crowd," + ldif.BASE)


@pytest.fixture
def server(new_folder):
    made = Slapd(new_folder("slapd"), entries(), sync=1000).start()
    yield made
    if made.process:
        made.thaw()
    made.stop()


@pytest.fixture
def new_mirror(new_folder, server):
    made = []

    def make(**more):
        more = {name.replace("_", "-"): value for name, value in more.items()}
        directory = rollcalld.from_slapd(server, mirror="yes", **{**QUICK, **more})
        made.append(Mirror(new_folder("mirror"), directory).start())
        return made[-1]
    yield make
    for mirror in made:
        mirror.stop()


def test_stop_while_nobody_accepts(server, new_folder):
    """Nothing reaches a thread inside a connect: the daemon waits for connect-timeout at most, and ends well."""
    full = FullServer()
    directory = rollcalld.from_slapd(server, mirror="yes", **{**QUICK, "connect-timeout": "5 s", "uri": full.uri})
    daemon = rollcalld.Rollcalld(new_folder("daemon"), directory).start()
    daemon.wait_log("started: ")
    began = time.monotonic()
    daemon.stop()
    assert time.monotonic() - began < 20
    full.close()


def test_connections_end_during_the_stop(server, new_folder):
    """What was kept of a connection goes with it, also when no callback is let in any more."""
    full = FullServer()
    directory = rollcalld.from_slapd(server, mirror="yes", **{**QUICK, "connect-timeout": "5 s", "uri": full.uri})
    daemon = rollcalld.Rollcalld(new_folder("daemon"), directory).start()
    daemon.wait_log("started: ")
    connections = [daemon.driver() for _ in range(10)]
    for connection in connections:
        connection.socket.sendall(b"\0\0")  # half a command: a thread of libmilter's reads on
    time.sleep(0.5)
    daemon.retire()
    wait_for(lambda: not os.path.exists(daemon.control), "callbacks are no longer let in", 10)
    for connection in connections:
        connection.socket.close()
    daemon.stop()
    full.close()


# ---- the store ----


def test_restart_answers_from_the_store_at_once(server, new_mirror):
    """... with the server gone; and catches up with what happened meanwhile."""
    mirror = new_mirror().wait_current()
    before = mirror.members("static").routes
    mirror.stop()
    server.modify(STATIC, (ldap.MOD_ADD, "member", [company.person_dn(5)]))
    server.stop()
    mirror.start()
    mirror.wait_event("mirror loaded: entries=")
    now = mirror.members("static")
    assert now.via == "mirror" and not now.stale and now.routes == before
    server.start()
    mirror.wait_members("static", before + [company.route(5)], 15)
    assert mirror.status()["full"] == "0"
    mirror.verify()


def test_old_store_is_stale(server, new_mirror):
    """Older than max-age: the servers first, and what is kept only if they do not answer."""
    mirror = new_mirror(max_age="500 ms").wait_current()
    mirror.stop()
    time.sleep(1)
    server.stop()
    mirror.start()
    mirror.wait_event("mirror loaded")
    now = mirror.members("sales")
    assert now.via == "mirror" and now.stale and now.routes == SALES, now
    mirror.stop()
    mirror.configure(max_age="300 ms", stale_limit="500 ms").start()
    mirror.wait_event("mirror loaded")
    now = mirror.members("sales")
    assert now.code == 451 and "connection refused" in now.detail, now


def test_other_settings_other_store(server, new_mirror):
    mirror = new_mirror().wait_current()
    mirror.stop()
    mirror.configure(omit_attributes="description").start()
    mirror.wait_event("mirror store begun anew")
    mirror.wait_current()
    wait_for(lambda: mirror.status()["full"] == "1", "a full pass")
    mirror.verify()


def test_killed(server, new_mirror):
    """At any moment; the next start is right."""
    mirror = new_mirror().wait_current()
    dice = random.Random(3)
    for round in range(12):
        for number in range(10):
            server.replace("CN=u%05d,OU=Crowd,%s" % (dice.randrange(CROWD), BASE), department=["D%d" % number],
                           proxyAddresses=["SMTP:n%d-%d@example.test" % (round, number)])
        time.sleep(dice.random() * 0.2)
        mirror.kill()
        mirror.start().wait_current()
        mirror.verify()
    assert not [event for event in mirror.events if "store begun anew" in event]


def test_damaged_store(server, new_mirror):
    """Flipped octets and cut files: noticed, never a wrong roster."""
    mirror = new_mirror().wait_current()
    crowd = mirror.members("crowd").routes
    mirror.stop()
    good, dice = mirror.store + ".good", random.Random(5)
    shutil.copy(mirror.store, good)
    size = os.path.getsize(good)
    for round in range(12):
        shutil.copy(good, mirror.store)
        with open(mirror.store, "r+b") as file:
            if round % 3 == 0:
                file.truncate(dice.randrange(size))
            for _ in range(round % 3 * 4):
                file.seek(dice.randrange(size))
                file.write(bytes([dice.randrange(256)]))
        mirror.start()
        now = mirror.members("crowd")
        assert now.code == 0 and now.routes == crowd
        mirror.wait_current()
        assert mirror.members("crowd").routes == crowd
        mirror.stop()


def test_without_a_disk(server, new_mirror, new_folder):
    """No such folder: it goes on in memory, says so, and stores it once it can."""
    folder = new_folder("disk") + "/gone"
    mirror = new_mirror(mirror_file=folder + "/mirror.db").wait_current()
    mirror.wait_event("event error mirror not stored")
    assert mirror.status()["store"] == "bad"
    mirror.verify()


@pytest.fixture
def disk(new_folder):
    """disk(OPTIONS): a small file system, as a folder."""
    folders = []

    def mount(options):
        folders.append(new_folder("disk"))
        run("mount", "-t", "tmpfs", "-o", options, "none", folders[-1])
        return folders[-1]
    yield mount
    for folder in folders:
        run("umount", "-l", folder)


def test_read_only_disk(server, new_mirror, disk):
    mirror = new_mirror(mirror_file=disk("ro") + "/mirror.db").wait_current()
    mirror.wait_event("event error mirror not stored: .*; it goes on in memory")
    server.modify(STATIC, (ldap.MOD_ADD, "member", [company.person_dn(5)]))
    mirror.wait_members("static", [*company.expected()["static"], company.route(5)])
    mirror.verify()


def test_full_disk(server, new_mirror, disk):
    """It goes on in memory, says so, and stores all of it once there is room: it tries each minute."""
    folder = disk("size=200k")
    mirror = new_mirror(mirror_file=folder + "/mirror.db").wait_current()
    mirror.wait_event("event error mirror not stored: .*; it goes on in memory")
    server.modify(STATIC, (ldap.MOD_ADD, "member", [company.person_dn(5)]))
    static = sorted([*company.expected()["static"], company.route(5)])
    mirror.wait_members("static", static)
    mirror.verify()
    run("mount", "-o", "remount,size=50m", folder)
    mirror.wait_event("event good mirror stored again", 120)
    mirror.stop()
    server.stop()
    mirror.start().wait_event("mirror loaded: entries=")
    assert mirror.members("static").routes == static and len(mirror.members("crowd").routes) == CROWD
    mirror.stop()


def test_the_log_has_it_as_an_error(server, workshop, new_folder):
    relay = workshop.relay(rollcalld.from_slapd(server, mirror="yes", **{
        **QUICK, "mirror-file": new_folder("disk") + "/gone/mirror.db"}))
    relay.daemon.wait_log("error: directory: mirror not stored: .*; it goes on in memory")
    relay.daemon.wait_log("mirror filled")
    sent = mail.send(relay.port, address("sales"))
    assert sent.accepted and relay.mta.delivered(sent) == SALES


def test_two_do_not_share_a_store(server, new_mirror):
    one = new_mirror().wait_current()
    two = new_mirror(mirror_file=one.store).wait_current()
    two.wait_event("event error mirror not stored")
    assert one.status()["store"] == "good" and two.status()["store"] == "bad"
    two.verify()


def test_reload_shares_the_mirror(server, new_mirror):
    mirror = new_mirror().wait_current()
    wait_for(lambda: mirror.status()["full"] == "1", "the full pass")
    assert mirror.tell("reload " + mirror.config) == ["reloaded"]
    assert mirror.status()["full"] == "1" and mirror.members("sales").via == "mirror"
    mirror.configure(max_age="20 s")
    assert mirror.tell("reload " + mirror.config) == ["reloaded"]
    mirror.wait_current()
    mirror.verify()


def test_reload_in_an_outage(server, workshop, new_folder):
    """The directory is gone, and somebody gives the mirror more time: what was kept is not lost by that."""
    relay = workshop.relay(rollcalld.from_slapd(server, mirror="yes", **{
        **QUICK, "max-age": "1 s", "stale-limit": "2 s", "mirror-file": new_folder("store") + "/mirror.db"}))
    relay.daemon.wait_log("mirror filled")
    server.stop()
    wait_for(lambda: mail.send(relay.port, address("sales")).reply(address("sales"))[0] == 451, "the limit", 20, 0.3)
    relay.daemon.directory["stale-limit"] = "4 h"
    relay.daemon.configure()
    rollcalld.command("reload", "--config", relay.daemon.config)
    wait_for(lambda: mail.send(relay.port, address("sales")).accepted, "a stale answer", 20, 0.3)
    assert relay.daemon.grep("via=mirror .*stale=yes") and not relay.daemon.grep("mirror not stored")


# ---- too much at once ----


def test_many_deletions_are_confirmed(server, new_mirror):
    """Three in four go: held back, looked at anew, and then believed."""
    mirror = new_mirror(max_shrink="20").wait_current()
    connection = server.connect()
    server.freeze()
    server.thaw()
    mirror.stop()
    for number in range(CROWD):
        connection.delete_s("CN=u%05d,OU=Crowd,%s" % (number, BASE))
    mirror.start()
    mirror.wait_event("event error mirror removal held back")
    mirror.wait_event("event good mirror removal confirmed")
    mirror.wait_current()
    assert mirror.status()["held"] == "0"
    mirror.verify()


def test_server_restored_from_an_older_state(server, new_mirror, new_folder):
    mirror = new_mirror().wait_current()
    before = mirror.members("static").routes
    server.stop()
    older = new_folder("older") + "/db"
    shutil.copytree(server.folder + "/db", older)
    server.start()
    server.modify(STATIC, (ldap.MOD_ADD, "member", [company.person_dn(5), company.person_dn(6)]))
    mirror.wait_members("static", before + [company.route(5), company.route(6)], 15)
    server.stop()
    shutil.rmtree(server.folder + "/db")
    shutil.copytree(older, server.folder + "/db")
    server.start()
    mirror.wait_members("static", before, 20)
    mirror.verify()


# ---- without a server ----


@pytest.mark.parametrize("how", ["frozen", "gone"])
def test_outage(server, new_mirror, how):
    """From the image while it is fresh; stale after max-age; fresh again soon after the server is back."""
    mirror = new_mirror(max_age="2 s", connect_timeout="5 s", answer_timeout="5 s").wait_current()
    server.freeze() if how == "frozen" else server.stop()
    stale = wait_for(lambda: (lambda now: now.stale and now)(mirror.members("sales")), lambda: str(mirror.events[-5:]), 20)
    assert stale.via == "mirror" and stale.routes == SALES and stale.age >= 2
    began = time.monotonic()
    for _ in range(20):
        assert mirror.members("sales").routes == SALES
    assert time.monotonic() - began < 4.0  # the breaker is open: none of them waits, which would take 5 s
    server.thaw() if how == "frozen" else server.start()
    began = time.monotonic()
    wait_for(lambda: (lambda now: now.via == "mirror" and not now.stale)(mirror.members("sales")),
             lambda: "%s %s" % (mirror.members("sales"), mirror.events[-5:]), AT_MOST)
    server.modify(STATIC, (ldap.MOD_ADD, "member", [company.person_dn(5)]))
    mirror.wait_members("static", company.expected()["static"] + [company.route(5)], AT_MOST)
    assert time.monotonic() - began < AT_MOST
    mirror.verify()


def test_past_the_stale_limit(server, new_mirror):
    mirror = new_mirror(max_age="1 s", stale_limit="3 s").wait_current()
    server.stop()
    assert wait_for(lambda: (lambda now: now.stale and now)(mirror.members("sales")), "a stale answer").routes == SALES
    late = wait_for(lambda: (lambda now: now.code and now)(mirror.members("sales")), "no answer", 20)
    assert late.code == 451 and late.reason == "directory", late


def test_outage_in_mail(server, workshop, new_folder):
    """What the log says, and what the sender hears."""
    relay = workshop.relay(rollcalld.from_slapd(server, mirror="yes", **{
        **QUICK, "max-age": "2 s", "mirror-file": new_folder("store") + "/mirror.db"}))
    relay.daemon.wait_log("mirror filled")
    sent = mail.send(relay.port, address("sales"))
    assert sent.accepted and relay.mta.delivered(sent) == SALES
    relay.daemon.wait_log(r"expanded: group=<sales@example.test> .* via=mirror age=\ds time=")
    server.stop()
    wait_for(lambda: mail.send(relay.port, address("sales")).accepted and relay.daemon.grep("via=mirror .*stale=yes"),
             "a stale answer", 20, 0.3)
    sent = mail.send(relay.port, address("sales"))
    assert sent.accepted and relay.mta.delivered(sent) == SALES


def test_without_a_server_from_the_start(new_folder, new_mirror, server):
    """Nothing is known: mail is deferred, until the server comes."""
    server.stop()
    mirror = new_mirror()
    assert mirror.members("sales").code == 451
    server.start()
    mirror.wait_members("sales", SALES, 15)


def test_reference_to_another_context(server, new_mirror):
    """What lies behind it is in no stream: the image would be a shorter list that looks whole."""
    mirror = new_mirror().wait_current()
    dn = "OU=Elsewhere," + BASE
    connection = server.connect()
    connection.add_s(dn, [("objectClass", [b"referral", b"extensibleObject"]), ("ou", [b"Elsewhere"]),
                                 ("ref", [b"ldap://other.example.test/OU=Elsewhere," + BASE.encode()])])
    mirror.stop()
    mirror.start()
    mirror.wait_event("event bad mirror not used: searches of the servers are not complete")
    now = mirror.members("sales")
    assert now.code == 451 and now.via == "ldap", now
    control = ldap.controls.RequestControl("2.16.840.1.113730.3.4.2", True)
    connection.delete_ext_s(dn, serverctrls=[control])
    mirror.wait_event("event good mirror used again")
    mirror.wait_members("sales", SALES)


def test_verify_finds_no_difference(server, new_mirror):
    """verify = yes: each search is made twice."""
    mirror = new_mirror(verify="yes").wait_current()
    mirror.verify()
    assert not [event for event in mirror.events if "indexes differ" in event]


def test_omitted_attributes_are_asked_of_the_server(server, new_mirror):
    mirror = new_mirror(omit_attributes="department").wait_current()
    now = mirror.members("sales")
    assert now.via == "ldap" and now.routes == SALES
    assert mirror.members("berlin").via == "mirror"
    with open(mirror.store, "rb") as file:
        assert b"department" not in file.read().replace(b"(department=", b"")
