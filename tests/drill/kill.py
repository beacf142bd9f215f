# SPDX-License-Identifier: BSD-2-Clause
"""kill.py - SIGKILL at a random moment while mail is being sent, of rollcalld, or of the LDAP server behind it"""
import random
import time

import house
from load import Load
from servers import rollcalld

LONGEST_WAIT = 0.25  # seconds after mail flows again, of which a random part passes before the next kill


def _repeat(count, seed, load, kill_and_start):
    generator = random.Random(seed)
    for _ in range(count):
        load.wait_more()
        if load.faults:
            break
        time.sleep(generator.uniform(0, LONGEST_WAIT))
        kill_and_start()


def daemon(options):
    """rollcalld is killed and started again at once."""
    with house.House() as home:
        relay, port = home.relay(home.ldif())
        load = Load(port, house.rosters(), home.ledger, options.seed)

        def kill_and_start():
            relay.kill()
            relay.start()

        try:
            _repeat(options.kills, options.seed, load, kill_and_start)
        finally:
            faults, doubled = load.finish(home.mta)
        if not load.count("at the dot"):
            faults.append("no kill fell between DATA and its reply: nothing was shown about the edits")
        return [("kills of rollcalld", options.kills), *load.rows(), ("second copies", doubled)], faults


def directory(options):
    """slapd is killed and started again at once, under live searches."""
    with house.House() as home:
        server = home.slapd()
        quick = {"connect-timeout": "1 s", "answer-timeout": "1 s", "retry-interval": "1 s"}
        _, port = home.relay(rollcalld.from_slapd(server, **quick))
        load = Load(port, house.rosters(), home.ledger, options.seed)

        def kill_and_start():
            server.kill()
            server.start()

        try:
            _repeat(options.slapd_kills, options.seed, load, kill_and_start)
        finally:
            faults, doubled = load.finish(home.mta)
        if not load.count("at RCPT"):
            faults.append("no kill was noticed by a sender: nothing was shown")
        return [("kills of slapd", options.slapd_kills), *load.rows(), ("second copies", doubled)], faults
