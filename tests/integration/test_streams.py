# SPDX-License-Identifier: BSD-2-Clause
"""test_streams.py - what a mirror hears of: DirSync of a real domain controller, RFC 4533 and polling of a real slapd

Driven by stream-probe, which prints each batch. The tests keep an image of their own from what it prints, and compare that with
what the server says.
"""
import os
import queue
import re
import shutil
import subprocess
import threading

import ldap
import pytest
from servers import company, ldif, rollcalld, samba
from servers.process import wait_for
from servers.slapd import BASE, Slapd

PROBE = os.environ.get("ROLLCALL_STREAM_PROBE", os.path.join(rollcalld.BUILD, "tests/integration/stream-probe"))
FULL_STACKS = os.environ.get("ASAN_OPTIONS", "") + ":fast_unwind_on_malloc=0"
ATTRIBUTES = ["cn", "mail", "member", "objectClass", "proxyAddresses", "description"]
PERSON = "CN=Person 03,OU=Berlin,OU=People," + BASE
OTHER = "CN=Person 05,OU=Oslo,OU=People," + BASE
STATIC = "CN=static,OU=Groups," + BASE


def plain(text):
    """As ldap prints it, without the prefixes of an extended DN."""
    octets = re.sub(rb"\\([0-9a-f]{2})", lambda match: bytes([int(match[1], 16)]), text.encode())
    return re.sub(rb"^(<(GUID|SID)=[^>]*>;)+", b"", octets).decode("latin-1")


class Batch:
    def __init__(self, words, changes):
        self.taken, self.kind = words[0] == "batch", words[1]
        self.first, self.last, self.cookie = words[2] == "first", words[3] == "last", words[5] == "cookie"
        self.count, self.changes = int(words[4]), changes

    def __repr__(self):
        return "%s%s %d %s" % (self.kind, " last" if self.last else "", self.count, [c[:3] for c in self.changes[:5]])


class Image:
    """id -> (dn, {attribute: set of values}); applies batches as their contract says."""

    def __init__(self):
        self.entries, self.seen = {}, None

    def apply(self, batch):
        if batch.first:
            self.seen = set()
            self.fresh = {} if batch.kind == "full" else self.entries
        for kind, id, *words in batch.changes:
            self.seen.add(id)
            if kind == "remove":
                self.fresh.pop(id, None)
            elif kind == "put":
                values = {}
                for word in words[1:]:
                    name, _, value = word.partition("=")
                    values.setdefault(name.lower(), set()).add(plain(value))
                self._place(id, plain(words[0]), values)
            elif kind == "patch":
                assert id in self.fresh, "patch of a stranger: %s" % words
                self._place(id, plain(words[0]), self._patched(self.fresh[id][1], words[1:]))
            elif kind == "exists":
                assert id in self.fresh, "a stranger exists: %s" % id
        if batch.last:
            if batch.kind == "presence":
                self.fresh = {id: entry for id, entry in self.fresh.items() if id in self.seen}
            self.entries = self.fresh

    def _place(self, id, dn, values):
        """A container that has a new name gives it to all below."""
        before = self.fresh.get(id, (dn,))[0]
        if before.lower() != dn.lower():
            for other, (name, kept) in list(self.fresh.items()):
                if name.lower().endswith("," + before.lower()):
                    self.fresh[other] = (name[:-len(before)] + dn, kept)
        self.fresh[id] = (dn, values)

    @staticmethod
    def _patched(before, words):
        after = {name: set(values) for name, values in before.items()}
        for kind, name in {(word.split(":")[0], word.split(":")[1].split("=")[0]) for word in words}:
            values = {plain(word.partition("=")[2]) for word in words if word.startswith("%s:%s=" % (kind, name))}
            have = after.setdefault(name.lower(), set())
            after[name.lower()] = values if kind == "set" else have | values if kind == "add" else have - values
        return {name: values for name, values in after.items() if values}

    def named(self, dn):
        return next((entry for entry in self.entries.values() if entry[0].lower() == dn.lower()), None)

    def values(self, dn, name):
        return self.named(dn)[1].get(name, set())

    def members(self, dn):
        """In lower case: slapd spells the types as its schema does."""
        return {value.lower() for value in self.values(dn, "member")}


class Probe:
    """A running stream-probe."""

    def __init__(self, *options, context=BASE, inside=None, attributes=ATTRIBUTES):
        words = [PROBE, "--context", context, *options]
        for name in attributes:
            words += ["--attribute", name]
        self.child = subprocess.Popen((inside.enter() if inside else []) + [str(word) for word in words],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                      env={**os.environ, "ASAN_OPTIONS": FULL_STACKS})
        self.image, self.batches, self.events, self.other = Image(), [], [], queue.Queue()
        self.lock = threading.Lock()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.failure = None
        self.reader.start()

    def _read(self):
        changes = []
        for line in self.child.stdout:
            words = line.rstrip("\n").split(" ")
            with self.lock:
                if words[0] in ("batch", "refused"):
                    batch, changes = Batch(words, changes), []
                    self.batches.append(batch)
                    try:
                        if batch.taken:
                            self.image.apply(batch)
                    except AssertionError as failure:
                        self.failure = failure
                elif words[0] == "event":
                    self.events.append(line.rstrip("\n"))
                elif words[0] in ("put", "patch", "remove", "exists"):
                    changes.append(words)
                else:
                    self.other.put(line.rstrip("\n"))

    def tell(self, command):
        self.child.stdin.write(command + "\n")
        self.child.stdin.flush()

    def until(self, condition, what, seconds=20):
        def look():
            assert self.failure is None, self.failure
            with self.lock:
                return condition(self.image)
        return wait_for(look, lambda: "%s: %s %s" % (what, self.batches[-5:], self.events[-5:]), seconds)

    def done(self, kind):
        """How many passes of a kind have come to their end."""
        return sum(batch.kind == kind and batch.last and batch.taken for batch in self.batches)

    def event(self, text, seconds=20):
        return wait_for(lambda: next((event for event in list(self.events) if text in event), None),
                        lambda: "%r in %s" % (text, self.events), seconds)

    def status(self):
        self.tell("status")
        return self.other.get(timeout=20)

    def stop(self):
        """Seconds that stream_stop() took."""
        self.tell("stop")
        line = self.other.get(timeout=20)
        return float(line.split()[1])

    def close(self):
        if self.child.poll() is None:
            self.child.stdin.close()
        status = self.child.wait(30)
        self.reader.join(10)
        self.child.stdout.close()
        assert status == 0, "stream-probe: exit %d" % status


@pytest.fixture
def probe():
    made = []

    def start(*options, **more):
        made.append(Probe(*options, **more))
        return made[-1]
    yield start
    for one in made:
        one.close()


def crowd_out(one):
    """Waits for the first full pass."""
    one.until(lambda image: one.done("full") >= 1, "a full pass")
    return one


# ---- what every server must tell ----


def exercise(server, one):
    """Changes of every kind, each heard of before the next is made."""
    people = "OU=People," + BASE
    new = "CN=New Person,OU=Oslo," + people
    server.add([(new, {"objectClass": ["contact"], "sn": ["Person"], "mail": ["new@example.test"]})])
    one.until(lambda image: image.named(new) and image.values(new, "mail") == {"new@example.test"}, "the new one")
    server.replace(new, mail=["newer@example.test"], description=["a", "b"])
    one.until(lambda image: image.values(new, "mail") == {"newer@example.test"} and
              image.values(new, "description") == ({"a", "b"}), "the change")
    server.replace(new, description=[])
    one.until(lambda image: image.values(new, "description") == set(), "the attribute that is gone")
    server.modify(STATIC, (ldap.MOD_ADD, "member", [new]))
    one.until(lambda image: new.lower() in image.members(STATIC), "the member")
    before = len(one.image.members(STATIC))
    server.modify(STATIC, (ldap.MOD_DELETE, "member", [new]))
    one.until(lambda image: new.lower() not in image.members(STATIC) and
              len(image.members(STATIC)) == before - 1, "the member that is gone")
    server.rename(new, "CN=Renamed Person")
    renamed = "CN=Renamed Person,OU=Oslo," + people
    one.until(lambda image: image.named(renamed) and not image.named(new), "the new name")
    server.rename(renamed, "CN=Renamed Person", "OU=Lyon," + people)
    moved = "CN=Renamed Person,OU=Lyon," + people
    one.until(lambda image: image.named(moved) and not image.named(renamed), "the new place")
    server.rename("OU=Lyon," + people, "OU=Paris")
    there = "CN=Renamed Person,OU=Paris," + people
    one.until(lambda image: image.named(there) and image.named("OU=Paris," + people) and
              not image.named("OU=Lyon," + people), "the container's new name")
    server.rename("OU=Paris," + people, "OU=Lyon")
    one.until(lambda image: image.named(moved), "the container's old name")
    server.delete(moved)
    one.until(lambda image: not image.named(moved), "the deletion")
    assert one.done("full") == 1


def names_on(server, base=BASE):
    """What the server says is there, as the administrator reads it."""
    connection = server.connect()
    found = connection.search_s(base, ldap.SCOPE_SUBTREE, "(objectClass=*)", ["objectGUID"])
    connection.unbind_s()
    return {dn.lower() for dn, _ in found if dn}


# ---- slapd ----


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
def test_slapd(syncing, probe, method, sync):
    server = syncing(sync=sync)
    one = crowd_out(probe("--uri", server.uri, "--method", method, "--presence", "0.3"))
    assert {dn.lower() for dn, _ in one.image.entries.values()} == names_on(server)
    exercise(server, one)
    assert {dn.lower() for dn, _ in one.image.entries.values()} == names_on(server)
    assert ("method=syncrepl" if sync else "method=poll") in one.status()


def test_syncrepl_stays_current_while_nothing_happens(syncing, probe):
    server = syncing()
    one = crowd_out(probe("--uri", server.uri))
    have = one.done("changes")
    one.until(lambda image: one.done("changes") >= have + 5, "proofs of life")
    assert float(re.search(r"age=([0-9.]+)", one.status())[1]) < 5
    assert one.done("presence") == 0 and one.done("full") == 1


@pytest.mark.parametrize("sync, resumed", [(1000, "changes"), (0, "presence")])
def test_syncrepl_resumes_by_its_cookie(syncing, probe, new_folder, sync, resumed):
    """With a session log the server tells what has been deleted, without what is present."""
    server = syncing(sync=sync)
    cookie = os.path.join(new_folder("cookie"), "cookie")
    one = crowd_out(probe("--uri", server.uri, "--cookie-file", cookie))
    one.stop()
    server.delete(PERSON)
    server.replace(OTHER, description=["resumed"])
    two = probe("--uri", server.uri, "--cookie-file", cookie)
    two.image.entries = one.image.entries
    two.until(lambda image: two.done(resumed) >= 1 and not image.named(PERSON), "the deletion")
    assert two.image.values(OTHER, "description") == {"resumed"} and two.done("full") == 0
    assert {dn.lower() for dn, _ in two.image.entries.values()} == names_on(server)


def test_a_cookie_of_nobody_costs_a_full_pass(syncing, probe, new_folder):
    server = syncing()
    cookie = os.path.join(new_folder("cookie"), "cookie")
    crowd_out(probe("--uri", server.uri, "--cookie-file", cookie)).stop()
    with open(cookie, "rb") as file:
        whole = file.read()
    head, _, own = whole.partition(b"\n\n")
    for broken in (b"", b"\0" * 50, head, head + b"\n\n" + b"x" * len(own), head + b"\n\nrid=000,csn=garbage",
                   head.replace(b"DC=example", b"DC=elsewhere") + b"\n\n" + own):
        with open(cookie, "wb") as file:
            file.write(broken)
        two = crowd_out(probe("--uri", server.uri, "--cookie-file", cookie))
        assert two.done("full") == 1 and {dn.lower() for dn, _ in two.image.entries.values()} == names_on(server)


def test_a_batch_that_is_refused_costs_a_full_pass(syncing, probe):
    server = syncing()
    one = crowd_out(probe("--uri", server.uri, "--poll", "3600"))
    one.tell("refuse")
    one.tell("status")
    one.other.get(timeout=20)
    server.replace(OTHER, description=["refused"])
    one.until(lambda image: one.done("full") == 2, "another full pass")
    assert one.image.values(OTHER, "description") == {"refused"}


def test_refreshes_that_are_asked_for(syncing, probe):
    server = syncing()
    one = crowd_out(probe("--uri", server.uri))
    one.tell("refresh presence")
    one.until(lambda image: one.done("presence") == 1, "a presence pass")
    one.tell("refresh full")
    one.until(lambda image: one.done("full") == 2, "a full pass")


def test_syncrepl_with_what_the_server_lost(syncing, probe):
    """It comes back with an older state than it had."""
    server = syncing()
    server.replace(OTHER, description=[])
    server.stop()  # it writes its contextCSN at the end
    shutil.copytree(server.folder + "/db", server.folder + "/backup", ignore=shutil.ignore_patterns("lock.mdb"))
    server.start()
    one = crowd_out(probe("--uri", server.uri))
    server.replace(OTHER, description=["lost"])
    one.until(lambda image: image.values(OTHER, "description") == {"lost"}, "the change")
    server.stop()
    shutil.rmtree(server.folder + "/db")
    shutil.copytree(server.folder + "/backup", server.folder + "/db")
    server.start()
    one.until(lambda image: image.values(OTHER, "description") == set(), "the older state")
    assert one.done("full") == 2


def test_restart(syncing, probe):
    server = syncing()
    one = crowd_out(probe("--uri", server.uri))
    server.stop()
    one.event("mirror stream failed")
    assert "error=-" not in one.status()
    server.start()
    server.delete(PERSON)
    one.until(lambda image: not image.named(PERSON), "the deletion")
    assert one.done("full") == 1 and "error=-" in one.status()


@pytest.mark.parametrize("method", ["syncrepl", "poll"])
def test_frozen_and_thawed(syncing, probe, method):
    server = syncing()
    one = crowd_out(probe("--uri", server.uri, "--method", method, "--answer-timeout", "1", "--connect-timeout", "1"))
    server.freeze()
    one.event("mirror stream failed")
    server.thaw()
    server.replace(OTHER, description=["thawed"])
    one.until(lambda image: image.values(OTHER, "description") == {"thawed"}, "the change")
    assert one.done("full") == 1


@pytest.mark.parametrize("method", ["syncrepl", "poll"])
def test_stop_while_frozen(syncing, probe, method):
    server = syncing()
    one = crowd_out(probe("--uri", server.uri, "--method", method, "--answer-timeout", "30", "--connect-timeout", "30"))
    server.freeze()
    assert one.stop() < 1.0
    two = probe("--uri", server.uri, "--method", method, "--answer-timeout", "30", "--connect-timeout", "30")
    two.status()
    assert two.stop() < 1.0
    server.thaw()


def test_stop_while_connecting_to_nowhere(probe):
    """TEST-NET-1 (RFC 5737): nobody answers, or there is no route."""
    one = probe("--uri", "ldap://192.0.2.1", "--connect-timeout", "30")
    one.status()
    assert one.stop() < 1.0


def test_two_servers_in_turn(syncing, new_folder, probe):
    """The same database on two servers, one at a time: the second takes the cookie of the first."""
    first = syncing()
    second = slapd_of(new_folder, entries=())
    one = crowd_out(probe("--uri", first.uri, "--uri", second.uri, "--retry-interval", "0.2"))
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


# ---- Active Directory ----


@pytest.fixture(scope="module")
def domain(new_folder):
    server = samba.Controller(new_folder("dc"), company.entries()).start()
    yield server
    server.close()


def bind_as(server, who, password):
    path = "%s/password-%s" % (server.folder, who.split("@")[0])
    with open(path, "w", encoding="ascii") as out:
        out.write(password + "\n")
    return ["--uri", "ldaps://" + samba.ADDRESS, "--ca-file", server.folder + "/tls/ca.pem", "--bind", "simple",
            "--bind-dn", who, "--password-file", path]


def as_admin(server):
    return bind_as(server, samba.ADMIN, samba.ADMIN_PASSWORD)


def as_account(server):
    return bind_as(server, "%s@%s" % (samba.ACCOUNT, samba.DOMAIN), samba.PASSWORD)


@pytest.mark.parametrize("method", ["auto", "poll"])
def test_samba(domain, probe, method):
    one = crowd_out(probe(*as_admin(domain), "--method", method, "--presence", "0.5", inside=domain.inside))
    exercise(domain, one)
    assert {dn.lower() for dn, _ in one.image.entries.values()} == names_on(domain)
    assert ("method=dirsync" if method == "auto" else "method=poll") in one.status()


def test_dirsync_tells_of_deletions_by_itself(domain, probe):
    gone = "CN=gone," + company.PARTNERS
    domain.add([(gone, {"objectClass": ["contact"]})])
    one = crowd_out(probe(*as_admin(domain), inside=domain.inside))
    domain.delete(gone)
    one.until(lambda image: not image.named(gone), "the deletion")
    assert one.done("presence") == 1  # after the full one
    domain.revive("gone", gone)
    one.until(lambda image: image.named(gone), "the one that came back")
    assert "contact" in one.image.values(gone, "objectclass") and one.done("full") == 1
    domain.delete(gone)
    one.until(lambda image: not image.named(gone), "the second deletion")


def test_an_account_that_sees_no_deletions(domain, probe):
    gone = "CN=unseen," + company.PARTNERS
    domain.add([(gone, {"objectClass": ["contact"]})])
    one = crowd_out(probe(*as_account(domain), "--presence", "0.5", inside=domain.inside))
    assert "ldbedit" in one.event("cannot see deletions")
    domain.delete(gone)
    one.until(lambda image: not image.named(gone), "the deletion")
    assert one.done("presence") >= 2 and one.done("full") == 1


def test_dirsync_of_a_base_below_the_context(domain, probe):
    one = crowd_out(probe(*as_admin(domain), context=company.GROUPS, inside=domain.inside))
    assert "dirsync of " + BASE in one.event("mirror stream opened")
    assert one.image.named(PERSON)


def test_links_are_known_by_what_they_point_to(domain, probe):
    one = crowd_out(probe(*as_admin(domain), inside=domain.inside))
    with one.lock:
        member = next(word for batch in one.batches for change in batch.changes for word in change
                      if word.startswith("member="))
    assert re.match(r"member=<GUID=[0-9a-f-]{36}>;(<SID=S-1-[0-9-]+>;)?CN=", member)
    with one.lock:
        assert not any(word.startswith("<") for batch in one.batches for change in batch.changes for word in change[2:3])


def test_dirsync_resumes_by_its_cookie(domain, probe, new_folder):
    cookie = os.path.join(new_folder("cookie"), "cookie")
    one = crowd_out(probe(*as_admin(domain), "--cookie-file", cookie, inside=domain.inside))
    one.stop()
    domain.replace(OTHER, description=["resumed"])
    two = probe(*as_admin(domain), "--cookie-file", cookie, inside=domain.inside)
    two.image.entries = one.image.entries
    two.until(lambda image: image.values(OTHER, "description") == {"resumed"}, "the change")
    assert two.done("full") == 0
    two.stop()
    with open(cookie, "rb") as file:
        head, _, own = file.read().partition(b"\n\n")
    with open(cookie, "wb") as file:
        file.write(head + b"\n\n" + own[:40] + b"\xff" * (len(own) - 40))
    three = crowd_out(probe(*as_admin(domain), "--cookie-file", cookie, inside=domain.inside))
    assert "cookie refused" in three.event("mirror begins anew")


def test_a_controller_that_is_restarted_frozen_and_restored(new_folder, probe):
    """Its own one, since it is disturbed. The account gets the right to see deletions on the way."""
    server = samba.Controller(new_folder("dc"), company.entries()).start()
    try:
        server.stop()
        server.grant("CN=Deleted Objects," + BASE, "RPLC")
        shutil.copytree(server.folder + "/private", server.folder + "/backup", symlinks=True,
                        ignore=shutil.ignore_patterns("ldapi", "*-lock"))
        server.start()
        one = crowd_out(probe(*as_account(server), "--answer-timeout", "2", "--connect-timeout", "2", "--retry-interval",
                              "0.5", inside=server.inside))
        server.replace(OTHER, description=["lost"])
        server.delete(PERSON)
        one.until(lambda image: image.values(OTHER, "description") == {"lost"} and not image.named(PERSON), "changes")
        assert not any("cannot see deletions" in event for event in one.events)
        server.freeze()
        one.event("mirror stream failed")
        server.thaw()
        server.replace(OTHER, description=["thawed"])
        one.until(lambda image: image.values(OTHER, "description") == {"thawed"}, "the change after the thaw")
        assert one.done("full") == 1
        server.stop()
        shutil.rmtree(server.folder + "/private")
        shutil.copytree(server.folder + "/backup", server.folder + "/private", symlinks=True)
        server.start()
        one.until(lambda image: image.named(PERSON) and image.values(OTHER, "description") == set(), "the older state", 30)
        assert one.done("full") == 2
        server.freeze()
        assert one.stop() < 1.0
        server.thaw()
    finally:
        server.close()
