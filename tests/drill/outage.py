# SPDX-License-Identifier: BSD-2-Clause
"""outage.py - the directory stops, freezes, or takes two seconds for an answer: what mail sees of it

Shown: mail to groups goes on from the mirror and its log lines say so; with the server back it is fresh within FRESH
seconds; past stale-limit groups wait with 451 and other mail passes. And that mail without a group takes as long as ever:
four daemons, one of them healthy, are asked in turn.
"""
import contextlib
import random
import statistics
import threading
import time

import house
from servers import mail, mirrored, postfix, rollcalld, slow, world
from servers.process import is_listening, wait_for

MAX_AGE, STALE_LIMIT = 2, 12  # seconds
FRESH = 10.0
SLOW = 2.0
BAR = 1.2
PLAIN = "x@elsewhere.example"


class Course:
    """One daemon through one kind of outage."""

    def __init__(self, home, made, server):
        self.made, self.server, self.faults, self.rows = made, server, [], []
        self.relay, self.port = home.mirror(rollcalld.from_slapd(server), server, **{
            "max-age": "%d s" % MAX_AGE, "stale-limit": "%d s" % STALE_LIMIT})
        mirrored.wait_current(self.relay)
        self.random = random.Random(1)
        made.connect(server)

    def post(self, group):
        """(code of the group, code of somebody else, seconds)"""
        began = time.monotonic()
        sent = mail.send(self.port, [group, PLAIN])
        return sent.reply(group)[0], sent.reply(PLAIN)[0] if sent.accepted else None, time.monotonic() - began

    def expanded(self):
        return self.relay.grep(r"expanded: ")[-1:]

    def outlive(self, what, begin, end):
        """Down, stale, too stale, up, fresh."""
        group = next(iter(self.made.rosters()))
        begin()
        try:
            until, slowest = time.monotonic() + STALE_LIMIT / 2, 0.0
            while time.monotonic() < until:
                code, other, seconds = self.post(group)
                slowest = max(slowest, seconds)
                if (code, other) != (250, 250):
                    self.faults.append("%s: mail was answered %s, %s" % (what, code, other))
                    break
                time.sleep(0.1)
            if not any("stale=yes" in line for line in self.expanded()):
                self.faults.append("%s: the log does not say that it is stale: %s" % (what, self.expanded()))
            wait_for(lambda: self.post(group)[0] == 451, "the limit", STALE_LIMIT + 10, 0.5)
            if self.post(group)[1] != 250:
                self.faults.append("%s: past the limit other mail is held up" % what)
        finally:
            end()
        began = time.monotonic()
        if not what.startswith("frozen"):
            self.made.close()
            self.made.connect(self.server)
        self.made.change("modify_team", self.random)
        self._fresh(what, began, group)
        self.rows.append(("%s: slowest message" % what, "%.2f s" % slowest))

    def _fresh(self, what, began, group):
        def is_fresh():
            code = self.post(group)[0]
            return code == 250 and all("via=mirror" in line and "stale=yes" not in line for line in self.expanded())

        wait_for(is_fresh, "%s: a fresh mirror" % what, 60, 0.1)
        seconds = time.monotonic() - began
        self.rows.append(("%s: fresh again after" % what, "%.2f s" % seconds))
        if seconds > FRESH:
            self.faults.append("%s: fresh only after %.1f s" % (what, seconds))
        mirrored.wait_current(self.relay)
        self.faults += ["%s: %s" % (what, one) for one in mirrored.differences(self.relay)]


def course(_options):
    with house.House() as home:
        made = world.World()
        server = home.slapd(made.entries(), sync=1000)
        one = Course(home, made, server)
        one.outlive("stopped", server.stop, server.start)
        one.outlive("frozen", server.freeze, server.thaw)
        return one.rows, one.faults


def others(options):
    """p99 of what has nothing to do with the directory."""
    with house.House(mail=False) as home:
        home.mta = postfix.Postfix(home.new_folder("postfix"))
        home.mta.deliver_nothing()
        home.stack.callback(home.mta.close)
        made = world.World()
        relays, ports = {}, {}
        for name in ("healthy", "stopped", "frozen", "slow"):
            relays[name], ports[name] = _broken(home, name, list(made.entries()))
        home.mta.start()
        wait_for(lambda: all(map(is_listening, ports.values())), "Postfix")
        group = next(iter(made.rosters()))
        with _asked(ports, group):
            plain = _times(ports, lambda: PLAIN, options.outage_messages)
        groups = _times(ports, lambda: group, options.outage_messages // 4)
        return _judge(plain, groups)


def _broken(home, name, entries):
    """A daemon whose mirror is there and whose server is not, any more."""
    server = home.slapd(entries, sync=1000)
    proxy = slow.SlowProxy(server.port)
    home.stack.callback(proxy.close)
    # a slow one tells what changed in time; those that tell nothing are to be given up soon
    relay, port = home.mirror(rollcalld.from_slapd(server, uri=proxy.uri), server, name=name,
                              **{"max-age": "30 s" if name == "slow" else "1 s"})
    mirrored.wait_current(relay)
    if name == "stopped":
        server.stop()
    elif name == "frozen":
        server.freeze()
        home.stack.callback(server.thaw)
    elif name == "slow":
        proxy.delay = SLOW
    if name in ("stopped", "frozen"):
        wait_for(lambda: not any(one["good"] for one in mirrored.ask(relay, "status")["servers"]), "the breaker", 30, 0.1)
    return relay, port


@contextlib.contextmanager
def _asked(ports, group):
    """Meanwhile somebody writes to the group through each of them."""
    stopping, threads = threading.Event(), []

    def send(port):
        while not stopping.wait(0.5):
            mail.send(port, group)

    for port in ports.values():
        threads.append(threading.Thread(target=send, args=(port,)))
        threads[-1].start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def _times(ports, recipient, count):
    """{name: seconds from RCPT to the final reply}, a message each in turn."""
    generator, taken = random.Random(3), {name: [] for name in ports}
    sessions = {name: mail.connect(port) for name, port in ports.items()}
    names = list(ports)
    for _ in range(count):
        generator.shuffle(names)
        for name in names:
            sessions[name].ehlo_or_helo_if_needed()
            sessions[name].mail("ann@example.net")
            began = time.monotonic()
            code, text = sessions[name].rcpt(recipient())
            if code == 250:
                code, text = sessions[name].data(mail.compose(mail.new_message_id()).encode())
            taken[name].append(time.monotonic() - began)
            if code != 250:
                raise AssertionError("%s: %d %s" % (name, code, text.decode()))
    for session in sessions.values():
        session.close()
    return taken


def p99(values):
    return sorted(values)[int(len(values) * 0.99)]


def _interval(values, normal, rounds=500):
    """(ratio of p99, lower, upper), bootstrapped."""
    generator = random.Random(4)
    ratios = sorted(p99(generator.choices(values, k=len(values))) / p99(generator.choices(normal, k=len(normal)))
                    for _ in range(rounds))
    return p99(values) / p99(normal), ratios[int(rounds * 0.025)], ratios[int(rounds * 0.975)]


def _judge(plain, groups):
    rows, faults = [], []
    for what, taken in (("no group", plain), ("mirrored group", groups)):
        for name, values in taken.items():
            row = "median %.2f ms, p99 %.2f ms" % (statistics.median(values) * 1e3, p99(values) * 1e3)
            if name != "healthy":
                interval = _interval(values, taken["healthy"])
                row += ", p99 to healthy %.2f [%.2f, %.2f]" % interval
                if what == "no group" and interval[1] > BAR:
                    faults.append("%s, directory %s: p99 %.2f times as long" % (what, name, interval[0]))
            rows.append(("%s, directory %s" % (what, name), row))
    return rows, faults
