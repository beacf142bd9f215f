# SPDX-License-Identifier: BSD-2-Clause
"""reload.py - SIGUSR1 twenty times a second under load, for two good configurations and a bad one in turn

Promises shown: no sender notices anything, every message sees one configuration whole, nothing is leaked.
"""
import itertools
import os
import shutil
import threading
import time

import house
from load import Load
from servers import rollcalld

INTERVAL = 0.05
WARM = 10.0  # seconds in which the allocator finds its size


class Reloader:
    """The configurations are put in place by rename, as an administrator's tool does: never half a file."""

    def __init__(self, daemon, others):
        self.daemon, self.count, self.stopping = daemon, 0, threading.Event()
        self.files = [daemon.config + ".first"]
        shutil.copy(daemon.config, self.files[0])
        for number, (directory, more) in enumerate(others):
            self.files.append(rollcalld.write_config("%s.%d" % (daemon.config, number), {**daemon.milter, **more},
                                                     directory, sections=daemon.sections))
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        for file in itertools.cycle(self.files):
            if self.stopping.wait(INTERVAL):
                return
            shutil.copy(file, self.daemon.config + ".new")
            os.rename(self.daemon.config + ".new", self.daemon.config)
            self.daemon.reload()
            self.count += 1

    def stop(self):
        self.stopping.set()
        self.thread.join()


def run(options):
    """Between two readings of the same file, with other settings beside it."""
    with house.House() as home:
        return _drill(options, home, home.ldif(), {"max-sendmail-members": "77", "empty-group": "accept"})


def switch(options):
    """Between the file and live searches in slapd: each reload opens connections, or closes them."""
    with house.House() as home:
        return _drill(options, home, rollcalld.from_slapd(home.slapd()), {})


def _drill(options, home, second, more):
    first = home.ldif()
    daemon, port = home.relay(first)
    load = Load(port, house.rosters(), home.ledger, options.seed)
    load.wait_more()
    reloader = Reloader(daemon, [(second, more), (first, {"no-such-key": "1"})])
    footprint = house.Footprint(daemon.process)
    try:
        time.sleep(WARM)
        footprint.take_until(time.monotonic() + options.reload_seconds)
    finally:
        reloader.stop()
        faults, doubled = load.finish(home.mta)
    put_off = [one.ending for message in load.messages for one in message.attempts
               if one.ending not in ("accepted", "unseen")]
    if put_off:
        faults.append("%d attempts were put off: %s" % (len(put_off), sorted(set(put_off))))
    rows, leaks = footprint.judge(memory_slack=options.slack, descriptor_slack=6)
    good, bad = (len(daemon.grep(pattern)) for pattern in ("configuration reloaded", "not reloaded"))
    if not good or not bad:
        faults.append("of the reloads %d were good and %d bad: the log lacks one kind" % (good, bad))
    return [("signals sent", reloader.count), ("reloads done, refused", "%d, %d" % (good, bad)), *load.rows(),
            ("second copies", doubled), *rows], faults + leaks
