# SPDX-License-Identifier: BSD-2-Clause
"""mirror.py - a daemon's mirror without its milter: mirror-probe, asked by the tests

Promises: stop() lets it end in its own time and wants status 0; kill() does not let it.
"""
import contextlib
import os
import queue
import re
import signal
import subprocess
import threading
import time

from . import rollcalld
from .process import Failure, wait_for

PROBE = os.environ.get("ROLLCALL_MIRROR_PROBE", os.path.join(rollcalld.BUILD, "tests/integration/mirror-probe"))


class Members:
    """What `members` printed."""

    def __init__(self, line):
        found = re.match(r'members kind=(\d+) code=(\d+) via=(\S+) stale=(\d) age=(\S+) reason=(\S+) detail="(.*)" :(.*)',
                         line)
        if not found:
            raise Failure(line)
        self.kind = int(found[1])
        self.code, self.via, self.stale = int(found[2]), found[3], found[4] == "1"
        self.age, self.reason, self.detail = float(found[5]), found[6], found[7]
        self.routes = sorted(found[8].split())

    def __repr__(self):
        return "via=%s stale=%s age=%s code=%d %s %s %s" % (self.via, self.stale, self.age, self.code, self.reason,
                                                            self.detail, self.routes[:5])


class Mirror:
    """`directory`: its section of rollcall.conf. `inside`: a samba.Controller whose namespace it runs in."""

    def __init__(self, folder, directory, inside=None, limits=None):
        self.folder, self.controller = str(folder), inside
        self.directory = {"mirror": "yes", "mirror-file": self.folder + "/mirror.db", "poll-interval": "200 ms",
                          **directory}
        self.limits = limits or {"max-time": "10 s"}
        self.child, self.events, self.answers = None, [], queue.Queue()
        self.configure()

    def configure(self, **directory):
        """Keys with _ for -."""
        self.directory.update({name.replace("_", "-"): value for name, value in directory.items()})
        keys = {name: value for name, value in self.directory.items() if value is not None}
        self.config = rollcalld.write_config(self.folder + "/rollcall.conf", {"domains": "example.test"}, keys,
                                             self.limits)
        return self

    @property
    def store(self):
        return self.directory["mirror-file"]

    def start(self):
        prefix = self.controller.inside.enter() if self.controller else []
        environment = self.controller.environment if self.controller else os.environ
        self.errors = open(self.folder + "/probe.log", "ab")
        self.child = subprocess.Popen(prefix + [PROBE, self.config], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=self.errors, text=True, env={**environment, **rollcalld.WITH_SERVERS})
        self.events, self.answers = [], queue.Queue()
        threading.Thread(target=self._read, args=(self.child.stdout, self.events, self.answers), daemon=True).start()
        return self

    @staticmethod
    def _read(stream, events, answers):
        for line in stream:
            (events.append if line.startswith("event ") else answers.put)(line.rstrip("\n"))

    def tell(self, command, seconds=70):
        """The answer's lines, of which the last is the answer itself."""
        self.child.stdin.write(command + "\n")
        self.child.stdin.flush()
        lines = []
        while not lines or lines[-1].startswith("difference "):
            try:
                lines.append(self.answers.get(timeout=seconds))
            except queue.Empty:
                raise Failure("no answer to %s; %s" % (command, self.events[-10:])) from None
        return lines

    def members(self, local):
        return Members(self.tell("members %s@example.test" % local)[-1])

    def status(self):
        line = self.tell("status")[-1]
        words = re.match(r"status (.*) state=(.*)", line)
        return {**dict(word.split("=", 1) for word in words[1].split(" ")), "state": words[2]}

    def wait_event(self, pattern, seconds=30.0):
        return wait_for(lambda: [event for event in self.events if re.search(pattern, event)],
                        lambda: "%r among %s" % (pattern, self.events[-10:]), seconds)[0]

    def wait_current(self, seconds=30.0):
        wait_for(lambda: self.status()["state"] == "current", lambda: "%s %s" % (self.status(), self.events[-10:]),
                 seconds, 0.05)
        return self

    def wait_members(self, local, routes, seconds=10.0):
        """From the image, within so many seconds: how long it took."""
        began = time.monotonic()
        wait_for(lambda: (lambda now: now.via == "mirror" and now.routes == sorted(routes))(self.members(local)),
                 lambda: "%s, not %s; %s %s" % (self.members(local), sorted(routes)[:5], self.status(),
                                                self.events[-10:]), seconds, 0.02)
        return time.monotonic() - began

    def verify(self):
        """No group differs from what the server says; how many groups there are."""
        lines = self.tell("verify")
        found = re.fullmatch(r"verify groups=(\d+) differences=0", lines[-1])
        assert found, (lines, self.events[-10:])
        return int(found[1])

    def stop(self, seconds=20):
        if self.child is None:
            return
        self.child.stdin.close()
        status = self.child.wait(seconds)
        self.child, log = None, self.log()
        assert status == 0 and not rollcalld.REPORT.search(log), (status, log[-3000:])

    @contextlib.contextmanager
    def stopped(self):
        """What happens meanwhile it hears of afterwards."""
        os.kill(self.child.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.child.pid, signal.SIGCONT)

    def kill(self):
        self.child.kill()
        self.child.wait()
        self.child = None

    def log(self):
        with open(self.folder + "/probe.log", encoding="utf-8", errors="replace") as log:
            return log.read()
