#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""mirror.py - long runs of a mirror beside a real slapd, by hand

mirror.py kills [N]     SIGKILL at N random moments (200) of filling, following and storing while the directory changes; after
                        each twentieth every group's roster is compared with the server's
mirror.py load [N]      N changes (10000) while 50 sessions send to groups; then the same comparison

ROLLCALL_BUILD: the folder with what was built. Prints what it found; status 1 if anything differs.
"""
import os
import random
import re
import shutil
import sys
import tempfile
import threading
import time

import ldap

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))

from servers import company, ldif, rollcalld  # noqa: E402
from servers.milter_driver import Driver  # noqa: E402
from servers.mirror import Mirror  # noqa: E402
from servers.slapd import BASE, Slapd  # noqa: E402

CROWD, SESSIONS = 8000, 50


def entries():
    yield from company.entries()
    yield from company.crowd(CROWD)
    yield company.dynamic("crowd", "(objectClass=user)", base="OU=Crowd," + ldif.BASE)
    yield company.dynamic("hundred", "(extensionAttribute2=Crowd-7)", base="OU=Crowd," + ldif.BASE)


class Changes:
    """A thread that changes people until it is stopped, or has made so many changes."""

    def __init__(self, server, most=None, seed=1):
        self.server, self.most, self.dice, self.count, self.stopped = server, most, random.Random(seed), 0, False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        connection = self.server.connect()
        while not self.stopped and self.count != self.most:
            who = "CN=u%05d,OU=Crowd,%s" % (self.dice.randrange(CROWD), BASE)
            connection.modify_s(who, [(ldap.MOD_REPLACE, "extensionAttribute2",
                                       [b"Crowd-%d" % self.dice.randrange(100)])])
            self.count += 1
        connection.unbind_s()

    def stop(self):
        self.stopped = True
        self.thread.join()


def kills(server, folder, times):
    dice, loaded, anew = random.Random(2), 0, 0
    mirror = Mirror(folder, rollcalld.from_slapd(server, mirror="yes"))
    changes = Changes(server)
    for number in range(1, times + 1):
        mirror.start()
        time.sleep(dice.random() * dice.choice([0.1, 0.5, 1.5]))
        loaded += any("mirror loaded" in event for event in mirror.events)
        anew += any("begun anew" in event for event in mirror.events)
        mirror.kill()
        if number % 20 == 0:
            mirror.start().wait_current(60)
            changes.stop()
            print("%d kills: %d groups, no difference" % (number, mirror.verify()), flush=True)
            mirror.kill()
            changes = Changes(server, seed=number)
    changes.stop()
    print("%d kills, %d starts from the store, %d stores begun anew" % (times, loaded, anew))


def load(server, folder, times):
    daemon = rollcalld.Rollcalld(folder, rollcalld.from_slapd(server, **{"mirror": "yes",
                                                                         "mirror-file": folder + "/mirror.db"}))
    daemon.start().wait_log("mirror filled")
    changes = Changes(server, times)

    def send():
        while changes.thread.is_alive():
            with Driver(daemon.address) as session:
                session.open()
                for group in ("hundred", "sales"):
                    session.message(["%s@example.test" % group])
    senders = [threading.Thread(target=send) for _ in range(SESSIONS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    found = re.findall(r"expanded: .* via=(\S+) .*time=([0-9.]+)ms", daemon.log())
    taken = sorted(float(time) for _, time in found)
    daemon.stop()
    print("%d changes, %d expansions (%d from the mirror): median %.1f ms, 99 %% within %.1f ms" % (
        times, len(found), sum(via == "mirror" for via, _ in found), taken[len(taken) // 2],
        taken[len(taken) * 99 // 100]))
    os.makedirs(folder + "/after")
    mirror = Mirror(folder + "/after", rollcalld.from_slapd(server, **{"mirror": "yes",
                                                                       "mirror-file": folder + "/mirror.db"})).start()
    mirror.wait_current(60)
    print("%d groups, no difference" % mirror.verify())
    mirror.stop()


def main():
    what = {"kills": (kills, 200), "load": (load, 10000)}
    if len(sys.argv) < 2 or sys.argv[1] not in what:
        sys.exit(__doc__)
    run, times = what[sys.argv[1]]
    top = tempfile.mkdtemp(prefix="rollcall-drill-")
    server = None
    try:
        os.makedirs(top + "/slapd")
        os.makedirs(top + "/mirror")
        server = Slapd(top + "/slapd", entries(), sync=100000).start()
        run(server, top + "/mirror", int(sys.argv[2]) if len(sys.argv) > 2 else times)
    finally:
        if server:
            server.stop()
        shutil.rmtree(top, ignore_errors=True)


if __name__ == "__main__":
    main()
