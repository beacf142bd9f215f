# SPDX-License-Identifier: BSD-2-Clause
"""mirror.py - what the mirror costs and saves: parts d to g of tests/bench/run

Everything is timed inside one process, tests/bench/roster, that holds a mirror of a slapd or asks it live; ldapsearch
stands beside. What is compared runs in turn.
"""
import contextlib
import os
import re
import shutil
import statistics
import subprocess
import time

import clauses
import crowd
from measure import interleave, judged, line, ratio
from servers import ldif, slapd
from servers.rollcalld import BUILD, TOP

FASTER = {(100, 1000000): 50, (100000, 1000000): 10}  # (members, entries): so many times faster than slapd
GROWTH = 2.0     # of the time for one roster, from the fewest entries to the most
SLOWEST = 20.0   # ms for a clause
MEMORY = 2.0     # resident octets for an octet of values
SYNC = 0.8       # of ldapsearch's entries a second
RESTART = 5.0    # times faster from the store than by syncing
FEW = 5          # pairs of what takes a minute


def mirrored():
    """What routes, restrictions and groups need, read from their source, and all that the crowd has and that its groups'
    filters name: a mirror that learns only from the groups what it needs reads everything twice, once."""
    filters = "".join([*clauses.filters(), *map(crowd.selection, crowd.SIZES)])
    names = set(crowd.ATTRIBUTES) | set(re.findall(r"\(([A-Za-z0-9]+)[:<>=]", filters)) - {"name", "memberOf"}
    for name in ("attributes.c", "group-private.h"):
        with open(os.path.join(TOP, "resolver", "group", name), encoding="ascii") as source:
            names |= set(re.findall(r'"([A-Za-z0-9]+)"', source.read()))
    return sorted(names)


class Timer:
    """tests/bench/roster over one slapd, by AD's rules: in slapd's own schema `name` is many attributes at once, and a filter
    that asks for it is no business of a mirror. `options`: --mirror and the like."""

    def __init__(self, server, *options):
        command = [os.path.join(BUILD, "tests", "bench", "roster"), "--uri", server.uri, "--base", ldif.BASE, "--bind-dn",
                   slapd.READER, "--password-file", server.password_file, "--schema", "ad", *options]
        self.child = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL)
        self.via = "mirror" if "--mirror" in options else "ldap"

    @classmethod
    def mirror(cls, server, *options):
        return cls(server, "--mirror", *options, *("--attribute=" + name for name in mirrored()))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.stdin.close()
        self.child.stdout.close()
        self.child.wait()

    def say(self, *words):
        """The words of the answer but the first, which repeats the command."""
        self.child.stdin.write(" ".join(map(str, words)) + "\n")
        self.child.stdin.flush()
        answer = self.child.stdout.readline().split()
        if not answer or answer[0] != words[0]:
            raise SystemExit("roster: %s: %s" % (" ".join(map(str, words)), " ".join(answer) or "ended"))
        return answer[1:]

    def current(self):
        """(seconds since its start, entries, KiB that it has grown by)"""
        since, entries, _, _, grown = self.say("current")
        return int(since) / 1e6, int(entries), int(grown)

    def roster(self, group, times, how="roster"):
        """(median seconds for the group, its members); `how`: "again" if it may be remembered"""
        members, via, _, median, _ = self.say(how, times, group + "@example.test")
        if via != self.via:
            raise SystemExit("%s has %s members, by %s" % (group, members, via))
        return int(median) / 1e9, int(members)

    def seconds(self, size, times, how="roster"):
        """For the group of that many."""
        seconds, members = self.roster("g%d" % size, times, how)
        if members != size:
            raise SystemExit("the group of %d has %d members" % (size, members))
        return seconds

    def ready(self, size):
        """Seconds from its start to the first right roster from the image."""
        return int(self.say("ready", size, "g%d@example.test" % size)[0]) / 1e6


def ldapsearch(server, filter, attributes):
    """Seconds of a paged search, written nowhere."""
    begin = time.monotonic()
    subprocess.run(["ldapsearch", "-x", "-LLL", "-H", server.uri, "-D", slapd.READER, "-w", slapd.PASSWORD, "-E",
                    "pr=1000/noprompt", "-b", ldif.BASE, filter, *attributes], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begin


class Crowds:
    """The servers, each made when it is first asked for."""

    def __init__(self, scratch):
        self.scratch, self.made = scratch, {}

    def of(self, people):
        if people not in self.made:
            self.made[people] = crowd.Crowd(os.path.join(self.scratch, "crowd%d" % people), people).start()
        return self.made[people]

    def close(self):
        for server in self.made.values():
            server.stop()


def report_d(crowds, entries, pairs, attributes):
    print("(d) a roster, by how many entries there are                  median          so many times faster than live")
    with contextlib.ExitStack() as stack:
        images, lives = {}, {}
        for people in entries:
            images[people] = stack.enter_context(Timer.mirror(crowds.of(people)))
            images[people].current()
            lives[people] = stack.enter_context(Timer(crowds.of(people)))
            lives[people].current()
        for size in crowd.SIZES:
            fit = [people for people in entries if size <= people]
            if fit:
                _report_size(crowds, size, fit, images, lives, pairs if size < 10000 else max(3, pairs // 4), attributes)
        _report_conditions(entries[-1], images[entries[-1]], lives[entries[-1]], pairs)


def _report_conditions(people, image, live, pairs):
    """Each of two conditions is true of many, both together of few."""
    group = "clause%d" % clauses.filters().index(dict(clauses.whole())["AllRecipients of a company and a title"])
    members = image.roster(group, 1)[1]
    results = interleave({"image": lambda: image.roster(group, 10)[0], "live": lambda: live.roster(group, 1)[0]}, pairs)
    print("  %d members, a company and a title" % members)
    line("  live, %d entries" % people, statistics.median(results["live"]) * 1e6, "us")
    line("    image, worked out", statistics.median(results["image"]) * 1e6, "us", ratio(results["live"], results["image"]))


def _report_size(crowds, size, entries, images, lives, pairs, attributes):
    repeats = max(1, min(50, 5000 // size))
    runs = {}
    for people in entries:
        runs["image", people] = lambda timer=images[people]: timer.seconds(size, repeats)
        runs["again", people] = lambda timer=images[people]: timer.seconds(size, repeats, "again")
        runs["live", people] = lambda timer=lives[people]: timer.seconds(size, max(1, repeats // 10))
        runs["ldapsearch", people] = lambda server=crowds.of(people): ldapsearch(server, crowd.selection(size), attributes)
    results = interleave(runs, pairs)
    print("  %d members" % size)
    for people in entries:
        live, bar = results["live", people], FASTER.get((size, people))
        line("  live, %d entries" % people, statistics.median(live) * 1e6, "us")
        for name, what in (("image", "image, worked out"), ("again", "image, nothing changed since"),
                           ("ldapsearch", "ldapsearch")):
            interval = ratio(live, results[name, people])
            line("    " + what, statistics.median(results[name, people]) * 1e6, "us", interval,
                 judged(bar, interval, at_most=False) if bar and name != "ldapsearch" else "")
    if len(entries) > 1 and size < entries[0]:
        interval = ratio(results["image", entries[-1]], results["image", entries[0]])
        line("  image, most entries to fewest", interval[0], "x", interval, judged(GROWTH, interval))


def report_e(crowds, entries, times=11):
    people = max(entries)
    print("(e) clauses of Exchange's filters, %d entries, slowest first          median   found, first time" % people)
    with Timer.mirror(crowds.of(people)) as timer:
        timer.current()
        rows = []
        for what, filter in (*clauses.alone(), *clauses.whole()):
            found, first, median, _ = timer.say("search", times, filter)
            rows.append((int(median) / 1e6, int(first) / 1e6, found, what))
    for median, first, found, what in sorted(rows, reverse=True):
        print("  %-44s %10.2f ms      %6s  %8.2f ms" % (what, median, found if found != "1000" else ">=1000", first))
    slowest = max(rows)[0]
    line("the slowest", slowest, "ms", mark=judged(SLOWEST, (slowest, slowest, slowest)))


def report_f(entries):
    people = max(entries)
    print("(f) memory, %d entries (tests/drill/million)" % people, flush=True)
    done = subprocess.run([os.path.join(BUILD, "tests", "drill", "million"), str(people)], text=True, check=True,
                          stdout=subprocess.PIPE)
    print("".join("    %s\n" % text[:140] for text in done.stdout.splitlines()), end="")
    value = max(float(found) for found in re.findall(r"([0-9.]+) of the values", done.stdout))
    line("resident octets for an octet of values", value, "x", mark=judged(MEMORY, (value, value, value)))


def report_g(crowds, entries, pairs):
    print("(g) the first sync and the start from a store                median          ratio")
    for people in entries:
        server, few = crowds.of(people), pairs if people <= 10000 else min(pairs, FEW)
        results = interleave({"ldapsearch": lambda: ldapsearch(server, "(objectClass=*)", mirrored()),
                              "mirror": lambda: _sync(server)}, few, warm=1 if people <= 100000 else 0)
        rates = {name: [people / seconds for seconds in values] for name, values in results.items()}
        line("%d entries: ldapsearch, paged" % people, statistics.median(rates["ldapsearch"]), "/s")
        interval = ratio(rates["mirror"], rates["ldapsearch"])
        line("  mirror, its whole first sync", statistics.median(rates["mirror"]), "/s", interval,
             judged(SYNC, interval, at_most=False) if people == max(entries) else "")
    _report_restart(crowds.of(max(entries)), os.path.join(crowds.scratch, "store"), min(pairs, FEW))


def _sync(server, *options):
    with Timer.mirror(server, *options) as timer:
        return timer.current()[0]


def _first_roster(server, *options):
    with Timer.mirror(server, *options) as timer:
        timer.current()
        return timer.ready(100)


def _report_restart(server, folder, pairs):
    os.makedirs(folder)
    store = ["--store", os.path.join(folder, "mirror.db")]
    with Timer.mirror(server, *store) as timer:
        timer.current()
        octets = int(timer.say("stored")[0])
    results = interleave({"sync": lambda: _first_roster(server), "store": lambda: _first_roster(server, *store)}, pairs,
                         warm=0)
    shutil.rmtree(folder)
    line("start to the first roster, by syncing", statistics.median(results["sync"]), "s")
    interval = ratio(results["sync"], results["store"])
    line("  from a store of %.0f MiB" % (octets / 2 ** 20), statistics.median(results["store"]), "s", interval,
         "so many times faster, " + judged(RESTART, interval, at_most=False))
