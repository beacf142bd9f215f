# SPDX-License-Identifier: BSD-2-Clause
"""senders.py - many sessions that send to groups whose rosters change meanwhile, and whether each message went to a roster
that was true

A message that was accepted has one copy, and its recipients are what the group expanded to at some moment between WINDOW
seconds before it was offered and its acceptance. Whoever was put off or refused got nothing.
"""
import collections
import contextlib
import random
import smtplib
import threading
import time

from . import mail, mirrored
from .process import wait_for

WINDOW = 10.0  # seconds that an answer may be old; what a mirror promises is less
BACKLOG = 100  # messages accepted but not delivered yet, above which nobody sends

# One message: the group, when it was offered and answered (monotonic), and its reply.
Offer = collections.namedtuple("Offer", "identity group begin end code text")


class Senders:
    """`delivered()`: how many messages have been, by now."""

    def __init__(self, port, groups, seed, delivered, sessions=50, pause=0.2):
        self.port, self.groups, self.delivered, self.pause = port, sorted(groups), delivered, pause
        self.offers, self.faults, self.promised = [], [], 0
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._send, args=(random.Random("%s %d" % (seed, number)),))
                        for number in range(sessions)]
        for thread in self.threads:
            thread.start()

    def _send(self, generator):
        try:
            while not self.stopping.wait(generator.uniform(0, 2 * self.pause)):
                if self.promised - self.delivered() < BACKLOG:
                    self._offer(generator.choice(self.groups))
        except Exception as failure:  # a thread's exception would go unseen
            self.faults.append("a sender failed: %r" % failure)

    def _offer(self, group):
        begin = time.monotonic()
        try:
            sent = mail.send(self.port, group)
        except (OSError, smtplib.SMTPException) as failure:
            self.faults.append("a session broke: %r" % failure)
            return
        code, text = sent.final or sent.reply(group)
        self.offers.append(Offer(sent.message_id, group, begin, time.monotonic(), code, text))
        self.promised += code == 250

    def wait_more(self, count, seconds=60):
        before = len(self.offers)
        wait_for(lambda: self.faults or len(self.offers) >= before + count, "messages", seconds)

    def finish(self, mta):
        self.stopping.set()
        for thread in self.threads:
            thread.join(120)
        mta.wait_idle(600)

    def judge(self, world, copies_of):
        """Faults, once all is delivered. copies_of(Message-ID): a list of recipients for each copy."""
        faults = list(self.faults)
        for offer in self.offers:
            copies = copies_of(offer.identity)
            true = world.true_between(offer.group, offer.begin - WINDOW, offer.end)
            if offer.code == 250:
                if len(copies) != 1:
                    faults.append("%s to %s: %d copies" % (offer.identity, offer.group, len(copies)))
                elif len(copies[0]) != len(set(copies[0])) or frozenset(copies[0]) not in true:
                    nearest = min(true, key=lambda roster: len(roster ^ frozenset(copies[0])))
                    faults.append("%s to %s: a roster that was never true: %s" % (
                        offer.identity, offer.group, mirrored.unlike(frozenset(copies[0]), nearest)))
            elif copies or frozenset() not in true:
                faults.append("%s to %s: answered %d %s" % (offer.identity, offer.group, offer.code, offer.text))
        return faults

    def rows(self):
        codes = collections.Counter(offer.code for offer in self.offers)
        return [("messages, by reply", ", ".join("%d: %d" % pair for pair in sorted(codes.items()))),
                ("messages delivered", self.delivered())]


@contextlib.contextmanager
def sending(*arguments, **more):
    senders = Senders(*arguments, **more)
    try:
        yield senders
    finally:
        senders.stopping.set()
