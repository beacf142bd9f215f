# SPDX-License-Identifier: BSD-2-Clause
"""measure.py - times, CPU and intervals: what the tables of tests/bench/run are made of

Promises: a figure is a median of interleaved runs; a ratio comes with the 95 % interval of a paired bootstrap.
"""
import os
import random
import statistics
import time

CPUCLOCK_SCHED = 2  # linux/posix-timers.h: the clock id of a process is (~pid << 3) | kind


def process_clock(pid):
    """CPU seconds that a process used so far, threads that ended included; 0 if it is gone."""
    try:
        return time.clock_gettime((~pid << 3) | CPUCLOCK_SCHED)
    except OSError:
        return 0.0


def children(pid):
    """Processes whose parent is `pid`."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % name, encoding="ascii", errors="replace") as stat:
                if int(stat.read().rsplit(")", 1)[1].split()[1]) == pid:
                    found.append(int(name))
        except (OSError, ValueError):
            pass
    return found


class Cpu:
    """CPU seconds of a set of processes between start and stop. Processes must outlive the measurement."""

    def __init__(self, pids):
        self.pids = pids
        self.before = {}

    def __enter__(self):
        self.before = {pid: process_clock(pid) for pid in self.pids()}
        return self

    def __exit__(self, *_):
        self.seconds = sum(process_clock(pid) - self.before.get(pid, 0.0) for pid in self.pids())


def ratio(values, floor, rounds=4000):
    """(ratio of medians, lower, upper) of paired runs."""
    generator = random.Random(1)
    pairs = list(zip(values, floor))
    ratios = []
    for _ in range(rounds):
        sample = [pairs[generator.randrange(len(pairs))] for _ in pairs]
        ratios.append(statistics.median(a for a, _ in sample) / statistics.median(b for _, b in sample))
    ratios.sort()
    return (statistics.median(values) / statistics.median(floor),
            ratios[int(rounds * 0.025)], ratios[int(rounds * 0.975)])


def interleave(variants, pairs, warm=1):
    """Calls each of {name: function} once a round, in an order that changes; returns {name: [results]}."""
    generator = random.Random(2)
    results = {name: [] for name in variants}
    for turn in range(pairs + warm):
        order = list(variants)
        generator.shuffle(order)
        for name in order:
            value = variants[name]()
            if turn >= warm:
                results[name].append(value)
    return results


def line(what, value, unit, floor=None, mark=""):
    shown = "" if floor is None else "%6.2f  [%.2f, %.2f]" % floor
    print("  %-44s %10.2f %-8s %-24s %s" % (what, value, unit, shown, mark), flush=True)


def judged(bar, interval, at_most=True):
    """A bar holds if it lies above the interval's lower end (for a floor: below its upper end)."""
    holds = bar >= interval[1] if at_most else bar <= interval[2]
    return "bar %s %.2f: %s" % ("<=" if at_most else ">=", bar, "holds" if holds else "MISSED")
