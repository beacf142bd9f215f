# SPDX-License-Identifier: BSD-2-Clause
"""store.py - the mirror's store: rollcalld killed while it syncs and writes, and a store that somebody has damaged

After a kill the next start must be right: it begins from what was stored or anew, and no roster differs. A damaged store
must not crash it nor lend it a roster: without any server it answers as it would have, or with 451.
"""
import os
import random
import shutil
import threading
import time

import house
from servers import mirrored, rollcalld, world
from servers.process import Failure, wait_for

LONGEST_LIFE = 0.8  # seconds, of which a random part passes before the next kill
FRESH = 0.15        # of the starts find no store and sync from the beginning
KEPT = 0.2          # of the damaged stores meet a server; the others have only themselves


class Changes:
    """Changes all the time, but while it is held."""

    def __init__(self, made, seed):
        self.made, self.random, self.count = made, random.Random(seed), 0
        self.turn, self.stopping, self.failure = threading.Lock(), threading.Event(), None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        try:
            while not self.stopping.wait(0.002):
                with self.turn:
                    self.made.step(self.random)
                    self.count += 1
        except Exception as failure:  # a thread's exception would go unseen
            self.failure = repr(failure)

    def stop(self):
        self.stopping.set()
        self.thread.join()


def _files(store):
    """The store and what lies beside it (journals)."""
    folder, name = os.path.split(store)
    return [os.path.join(folder, one) for one in os.listdir(folder) if one.startswith(name)]


def kill(options):
    generator = random.Random(options.seed)
    with house.House(mail=False) as home:
        made = world.World(options.people)
        server = home.slapd([*made.entries(), *house.crowd()], sync=100000)
        daemon = home.daemon(mirrored.settings(rollcalld.from_slapd(server), home.folder))
        store = daemon.directory["mirror-file"]
        made.connect(server)
        changes, faults, ended = Changes(made, options.seed), [], {"syncing": 0, "following": 0}
        try:
            for number in range(options.store_kills):
                syncing = _one_life(daemon, changes, generator, store)
                ended["syncing" if syncing else "following"] += 1
                faults += ["start %d: %s" % (number, one) for one in _next_start(daemon, changes)]
                if faults or changes.failure:
                    break
        finally:
            changes.stop()
        faults += [changes.failure] if changes.failure else []
        faults += ["a kill has damaged the store: " + line for line in daemon.grep("mirror store begun anew")[:3]]
        return [("kills while syncing, while following", "%d, %d" % tuple(ended.values())),
                ("changes meanwhile", changes.count), ("octets of the store", sum(map(os.path.getsize, _files(store)))),
                ("starts from the store", len(daemon.grep("mirror loaded")))], faults


def _one_life(daemon, changes, generator, store):
    """Lets it live a while, and kills it; whether it was syncing from the beginning."""
    fresh = generator.random() < FRESH
    if fresh:
        daemon.kill()
        for path in _files(store):
            os.unlink(path)
        daemon.start()
    before = changes.count
    time.sleep(generator.uniform(0, LONGEST_LIFE / 2 if fresh else LONGEST_LIFE))
    if not fresh:
        wait_for(lambda: changes.failure or changes.count > before, "a change", 20)
    daemon.kill()
    return fresh


def _next_start(daemon, changes):
    """What differs."""
    daemon.start()
    mirrored.wait_current(daemon)
    with changes.turn:
        return mirrored.differences(daemon)


def damage(options):
    generator = random.Random(options.seed)
    with house.House(mail=False) as home:
        made = world.World(options.people)
        server = home.slapd([*made.entries(), *house.crowd(500)], sync=1000)
        settings = mirrored.settings(rollcalld.from_slapd(server), home.folder, **{"max-age": "1 s"})
        daemon = home.daemon(settings, max_time="1 s")
        good = _good_store(daemon, home.new_folder("good"))
        wanted, seen, faults = made.rosters(), {"as it was": 0, "put off": 0, "with a server": 0}, []
        for number in range(options.damages):
            what = _damage(good, daemon.directory["mirror-file"], generator)
            with_server = generator.random() < KEPT
            if with_server != (server.process is not None):
                (server.start if with_server else server.stop)()
            try:
                seen[_with_server(daemon) if with_server else _alone(daemon, wanted)] += 1
            except (AssertionError, Failure, OSError) as failure:
                faults.append("%d: %s: %s" % (number, what, failure))
            if len(faults) > 10:
                break
        if not seen["as it was"] or not seen["put off"]:
            faults.append("all damage had the same end: %s" % seen)
        return [("damaged stores", options.damages),
                (", ".join("%s %d" % pair for pair in seen.items()), "")], faults


def _good_store(daemon, folder):
    """A whole store, and no daemon that holds it."""
    mirrored.wait_current(daemon)
    store = daemon.directory["mirror-file"]
    wait_for(lambda: mirrored.ask(daemon, "status")["store_bytes"] > 0, "a store")
    daemon.stop()
    for path in _files(store):
        shutil.copy(path, folder)
    return folder


def _damage(good, store, generator):
    """Puts a damaged copy in place; says what was done to it."""
    for path in _files(store):
        os.unlink(path)
    for name in os.listdir(good):
        shutil.copy(os.path.join(good, name), os.path.dirname(store))
    size = os.path.getsize(store)
    place = generator.randrange(size)
    if generator.random() < 0.3:
        os.truncate(store, place)
        return "cut at %d of %d" % (place, size)
    octets = bytes(generator.randrange(256) for _ in range(generator.choice((1, 1, 4, 64))))
    with open(store, "r+b") as file:
        file.seek(place)
        before = file.read(len(octets))
        file.seek(place)
        file.write(octets[:len(before)] if octets[:len(before)] != before else bytes(255 - one for one in before))
    return "%d octets at %d of %d" % (len(before), place, size)


def _alone(daemon, wanted):
    """No server: every group as it was, or none of them, once the store has been looked at."""
    daemon.start()
    try:
        wait_for(lambda: mirrored.state(daemon) not in ("loading",), "the store to be read", 30, 0.02)
        with daemon.driver(timeout=60) as driver:
            driver.open({"{client_addr}": "127.0.0.1"})
            got = {group: mirrored.roster(driver, group) for group in wanted}
        assert daemon.process.alive(), daemon.log()[-2000:]
    finally:
        daemon.kill()
    answered = {group for group, roster in got.items() if isinstance(roster, frozenset)}
    for group in answered:
        assert got[group] == wanted[group], "%s: %s" % (group, mirrored.unlike(got[group], wanted[group]))
    put_off = {roster.split()[0] for roster in got.values() if not isinstance(roster, frozenset)}
    assert put_off <= {"451"} and (not answered or len(answered) == len(wanted)), got
    return "as it was" if answered else "put off"


def _with_server(daemon):
    daemon.start()
    try:
        mirrored.wait_current(daemon)
        mirrored.assert_right(daemon)
    finally:
        daemon.kill()
    return "with a server"
