# SPDX-License-Identifier: BSD-2-Clause
"""stream_follower.py - a running stream-probe, and the image that a receiver makes of what it prints"""
import os
import queue
import re
import subprocess
import threading

import ldap

from . import company, rollcalld
from .ldif import BASE
from .process import wait_for

PROBE = os.environ.get("ROLLCALL_STREAM_PROBE", os.path.join(rollcalld.BUILD, "tests/integration/stream-probe"))
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


class Follower:
    """A running stream-probe."""

    def __init__(self, *options, context=BASE, inside=None, attributes=ATTRIBUTES):
        words = [PROBE, "--context", context, *options]
        for name in attributes:
            words += ["--attribute", name]
        self.child = subprocess.Popen((inside.enter() if inside else []) + [str(word) for word in words],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                      env={**os.environ, **rollcalld.WITH_SERVERS})
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


def after_full_pass(one):
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
    assert one.image.values(renamed, "cn") == {"Renamed Person"}
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
