# SPDX-License-Identifier: BSD-2-Clause
"""house.py - what every drill starts from: a Postfix, directories with groups of 100 to 1000, daemons

Promises: everything that was started ends with the house, in the opposite order.
"""
import contextlib
import itertools
import os
import shutil
import statistics
import sys
import tempfile
import time

from ledger import Ledger
from servers import company, ldif, mirrored, postfix, rollcalld, samba, slapd
from servers.process import Failure, Process, wait_for

CROWD = 2000  # people; person n is of "Crowd-(n % 100)", so each of those is 20 people
SIZES = [100, 300, 600, 1000]
NESTED = 900


def large_groups():
    """Dynamic groups of SIZES, and a static one with two of them and some people in it."""
    for size in SIZES:
        parts = "".join("(extensionAttribute2=Crowd-%d)" % number for number in _parts(size))
        yield company.dynamic("g%d" % size, "(&(objectClass=user)(|%s))" % parts, base="OU=Crowd," + ldif.BASE)
    yield company.group("nested%d" % NESTED, company.group_dn("g600"), company.group_dn("g300"),
                        *("CN=u%05d,OU=Crowd,%s" % (number, ldif.BASE) for number in range(CROWD)
                          if 50 <= number % 100 < 55))


def _parts(size):
    """Each size begins elsewhere, so that groups overlap."""
    return range(size // 20) if size != 300 else range(25, 40)


def rosters():
    """Address -> sorted members, derived from the people, not from a filter."""
    def members(parts):
        return {company.address("u%05d" % number) for number in range(CROWD) if number % 100 in parts}

    found = {company.address("g%d" % size): sorted(members(_parts(size))) for size in SIZES}
    nested = members(_parts(600)) | members(_parts(300)) | members(range(50, 55))
    assert len(nested) == NESTED
    return {**found, company.address("nested%d" % NESTED): sorted(nested)}


def everybody():
    yield from company.entries()
    yield from company.crowd(CROWD)
    yield from large_groups()


def crowd(count=CROWD):
    """So that a mirror takes a moment to read them."""
    return company.crowd(count)


class Daemon(rollcalld.Rollcalld):
    """Starts as slowly as it needs to, and is ready when its log says so."""

    def start(self, seconds=60):
        before = len(self._starts())
        self.process = Process([rollcalld.DAEMON, "-f", "-c", self.config], self.folder + "/log",
                               env=self.controller.environment if self.controller else None,
                               inside=self.controller.inside if self.controller else None)
        wait_for(lambda: not self.process.alive() or len(self._starts()) > before, "rollcalld", seconds)
        if not self.process.alive():
            raise Failure("rollcalld ended with status %s:\n%s" % (self.process.wait(), self.log()))
        return self

    def _starts(self):
        return self.grep(r"started: version=") if os.path.exists(self.folder + "/log") else []


class House:
    """`mail`: whether there is a Postfix."""

    def __init__(self, mail=True):
        self.stack = contextlib.ExitStack()
        self.folder = tempfile.mkdtemp(prefix="rcdr-", dir=os.environ.get("TMPDIR", "/tmp"))
        os.chmod(self.folder, 0o755)
        self.stack.callback(self._remove)
        self.ledger = Ledger()
        self.numbers = itertools.count(1)
        if mail:
            self.mta = postfix.Postfix(self.new_folder("postfix")).start()
            self.stack.callback(self.mta.close)
            self.mta.sink.keep = self.ledger.keep

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        return self.stack.__exit__(*failure)

    def _remove(self):
        if os.environ.get("ROLLCALL_KEEP") == "1":
            sys.stderr.write("kept: %s\n" % self.folder)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def new_folder(self, name):
        folder = os.path.join(self.folder, name)
        os.mkdir(folder)
        return folder

    def ldif(self, entries=None):
        """[directory] of a file with everybody."""
        path = self.folder + "/company.ldif"
        with open(path, "w", encoding="utf-8") as out:
            out.write(ldif.text([ldif.TOP, *ldif.exported(everybody() if entries is None else entries)]))
        return rollcalld.from_ldif(path)

    def slapd(self, entries=None, **more):
        server = slapd.Slapd(self.new_folder("slapd%d" % next(self.numbers)),
                             everybody() if entries is None else entries, **more).start()
        self.stack.callback(server.stop)
        return server

    def samba(self, entries):
        """Whose deletions the account may see."""
        server = samba.Controller(self.new_folder("dc"), entries)
        server.grant("CN=Deleted Objects," + ldif.BASE, "RPLC")
        self.stack.callback(server.close)
        return server.start()

    def daemon(self, directory, **limits):
        """Without an MTA: for a driver."""
        daemon = Daemon(self.new_folder("rc"), directory, where=self.folder + "/rc.sock",
                        limits={name.replace("_", "-"): value for name, value in limits.items()})
        daemon.start()
        self.stack.callback(daemon.stop)
        return daemon

    def mirror(self, directory, server, name="rc", **more):
        """As relay(), with a mirror; `more`: of [directory]."""
        folder = self.new_folder(name)
        daemon = Daemon(folder, mirrored.settings(directory, folder, **more), where=self.mta.socket(name)[0],
                        inside=server if isinstance(server, samba.Controller) else None)
        daemon.start()
        self.stack.callback(daemon.stop)
        return daemon, self.mta.listen("{ unix:rollcall/%s, default_action=tempfail }" % name)

    def relay(self, directory, mta=None, seconds=60, **milter):
        """(daemon, port of an smtpd that asks it); `mta`: settings of that smtpd."""
        daemon = Daemon(self.new_folder("rc"), directory, where=self.mta.socket("rc")[0], **milter)
        daemon.start(seconds)
        self.stack.callback(daemon.stop)
        return daemon, self.mta.listen("{ unix:rollcall/rc, default_action=tempfail }", **(mta or {}))


class Footprint:
    """Memory and descriptors of a process over time: does it grow?"""

    def __init__(self, process):
        self.folder = "/proc/%d" % process.pid
        self.samples = []  # (resident KiB, descriptors, threads)

    def take(self):
        with open(self.folder + "/status", encoding="ascii", errors="replace") as status:
            fields = dict(line.split(":", 1) for line in status)
        self.samples.append((int(fields["VmRSS"].split()[0]), len(os.listdir(self.folder + "/fd")),
                             int(fields["Threads"])))

    def take_until(self, end, interval=0.1):
        while time.monotonic() < end:
            self.take()
            time.sleep(interval)

    def judge(self, memory_slack, descriptor_slack):
        """(rows, faults), from the medians of the first and the last third of the samples; memory may grow by
        `memory_slack` MiB."""
        third = len(self.samples) // 3
        first, last = ([statistics.median(column) for column in zip(*part)]
                       for part in (self.samples[:third], self.samples[-third:]))
        faults = []
        if last[0] - first[0] > memory_slack * 1024:
            faults.append("memory grew by %.1f MiB" % ((last[0] - first[0]) / 1024))
        if last[1] - first[1] > descriptor_slack:
            faults.append("descriptors grew by %d" % (last[1] - first[1]))
        if last[2] - first[2] > descriptor_slack:
            faults.append("threads grew by %d" % (last[2] - first[2]))
        peak = [max(column) for column in zip(*self.samples)]
        names = (("resident, MiB", 1024), ("descriptors", 1), ("threads", 1))
        return [("%s: first third, last third, most" % name, "%.4g, %.4g, %.4g" % (
            first[at] / unit, last[at] / unit, peak[at] / unit)) for at, (name, unit) in enumerate(names)] + [
                ("resident, MiB, along the way", self._course())], faults

    def _course(self, points=8):
        """A leak climbs evenly; an allocator that finds its size climbs and stays."""
        step = max(1, len(self.samples) // points)
        return " ".join("%.1f" % (one[0] / 1024) for one in self.samples[::step])
