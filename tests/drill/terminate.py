# SPDX-License-Identifier: BSD-2-Clause
"""terminate.py - SIGTERM under load: rollcalld ends by itself with status 0, and nothing is lost"""
import random
import statistics
import time

import house
from load import Load


def run(options):
    generator = random.Random(options.seed)
    with house.House() as home:
        relay, port = home.relay(home.ldif())
        load = Load(port, house.rosters(), home.ledger, options.seed)
        times, stops = [], []
        try:
            for _ in range(options.terminations):
                load.wait_more()
                time.sleep(generator.uniform(0, 0.25))
                began = time.monotonic()
                try:
                    relay.stop()
                except AssertionError as failure:
                    stops.append(str(failure))
                times.append(time.monotonic() - began)
                relay.start()
        finally:
            faults, doubled = load.finish(home.mta)
        return [("terminations", options.terminations),
                ("seconds to end, median and most", "%.2f, %.2f" % (statistics.median(times), max(times))),
                *load.rows(), ("second copies", doubled)], stops + faults
