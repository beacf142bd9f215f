# SPDX-License-Identifier: BSD-2-Clause
"""changes.py - ten thousand changes of the directory while fifty sessions send to its groups

Shown: at random moments and at the end no group's roster in the mirror differs from the live one, and no message went to
a roster that was never true.
"""
import collections
import random
import time

import house
from servers import mirrored, rollcalld, world
from servers.senders import sending

PAUSES = 12  # in which the mirror is compared
PACE = 0.004  # seconds between two changes, so that much is sent meanwhile


def slapd(options):
    with house.House() as home:
        made = world.World(options.people)
        return _run(options, home, made, home.slapd(made.entries(), sync=20000), rollcalld.from_slapd, options.changes)


def samba(options):
    with house.House() as home:
        made = world.World(options.people, links=True)
        return _run(options, home, made, home.samba(made.entries()), rollcalld.from_controller, options.samba_changes)


def _run(options, home, made, server, directory_of, changes):
    generator = random.Random(options.seed)
    relay, port = home.mirror(directory_of(server), server)
    mirrored.wait_current(relay)
    made.connect(server)
    groups = [address for address in made.rosters() if not address.startswith("others@")]
    with sending(port, groups, options.seed, lambda: len(home.ledger.copies), pause=0.5) as senders:
        kinds, faults, seconds = _change(made, relay, generator, changes, senders)
        senders.finish(home.mta)
    faults += senders.judge(made, lambda identity: list(home.ledger.copies.get(identity, {}).values()))
    ways = collections.Counter(line.split(" via=")[1].split()[0] for line in relay.grep(r"expanded: "))
    if not ways["mirror"]:
        faults.append("the mirror answered nothing")
    return [(" ".join("%s %d" % pair for pair in sorted(kinds.items())), ""),
            ("changes, of them a second", "%d, %.0f" % (sum(kinds.values()), sum(kinds.values()) / seconds)),
            ("comparisons of all groups", PAUSES + 1), *senders.rows(),
            ("expansions, by source", " ".join("%s %d" % pair for pair in sorted(ways.items())))], faults


def _change(made, relay, generator, changes, senders):
    """(kinds, faults, seconds of changing)"""
    kinds, faults, seconds = collections.Counter(), [], 0.0
    pauses = sorted(generator.sample(range(1, changes), min(PAUSES, changes - 1)))
    for begin, end in zip([0, *pauses], [*pauses, changes]):
        began = time.monotonic()
        for _ in range(end - begin):
            kinds[made.step(generator)] += 1
            time.sleep(PACE)
        seconds += time.monotonic() - began
        faults += ["after %d changes: %s" % (end, one) for one in mirrored.differences(relay)]
        if faults or senders.faults:
            break
    return kinds, faults, seconds
