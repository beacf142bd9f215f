# SPDX-License-Identifier: BSD-2-Clause
"""ledger.py - what was promised to the sender of a message, and whether that, and only that, was delivered

The promise, exactly. An attempt is one SMTP transaction; what is delivered of it shares one queue ID, its copy.
 - An attempt that ended in 250 has one copy: the rosters of the recipients it was accepted for, each address once.
 - An attempt whose end the sender did not see (the final dot was sent, no reply came) has such a copy, or none.
 - Any other attempt has none: whoever was answered 4xx or 5xx got nothing of it.
So nobody is served in part, and a message is doubled only where a 250 was lost.

Threads: deliveries are kept by the sink's session threads, read when all is over.
"""
import collections
import re
import threading

QUEUE_ID = re.compile(r"\bid ([0-9A-Za-z]+)")

# `ending`: "accepted", "unseen", or where it was put off. `wanted`: sorted addresses that its copy must have.
Attempt = collections.namedtuple("Attempt", "ending wanted queue_id")


class Message:
    """One message on its way: `left` are the recipients that nobody has accepted yet."""

    def __init__(self, identity, recipients):
        self.identity, self.left, self.attempts = identity, list(recipients), []


class Ledger:
    """`house.mta.sink.keep = ledger.keep` makes the sink write here instead of keeping each delivery."""

    def __init__(self):
        self.lock = threading.Lock()
        self.copies = {}  # Message-ID -> queue ID -> recipients, in order of delivery
        self.names = {}
        self.deliveries = 0

    def keep(self, message, deliveries):
        found = QUEUE_ID.search((message.get_all("Received") or [""])[0])
        queue_id = found.group(1) if found else "no queue ID"
        with self.lock:
            copy = self.copies.setdefault(message["Message-ID"], {}).setdefault(queue_id, [])
            copy.extend(self.names.setdefault(one.recipient, one.recipient) for one in deliveries)
            self.deliveries += len(deliveries)

    def judge(self, messages):
        """(faults, number of second copies that a lost reply explains)."""
        faults, doubled, known = [], 0, set()
        for message in messages:
            known.add(message.identity)
            copies = {name: sorted(copy) for name, copy in self.copies.get(message.identity, {}).items()}
            faults += self._faults(message, copies)
            doubled += len(copies)
            unseen = [one.wanted for one in message.attempts if one.ending == "unseen"]
            for name, copy in copies.items():
                if copy not in unseen:
                    faults.append("%s: copy %s of %d was promised to nobody" % (message.identity, name, len(copy)))
                else:
                    unseen.remove(copy)
        faults += ["%s: delivered, but never sent" % identity for identity in self.copies if identity not in known]
        return faults, doubled

    @staticmethod
    def _faults(message, copies):
        """Takes out of `copies` what was promised; what stays must be of attempts whose end was not seen."""
        faults = []
        if message.left:
            faults.append("%s: never accepted for %s" % (message.identity, " ".join(message.left)))
        for attempt in message.attempts:
            if attempt.ending == "accepted":
                copy = copies.pop(attempt.queue_id, [])
                if copy != attempt.wanted:
                    faults.append("%s: copy %s: %s" % (message.identity, attempt.queue_id,
                                                       difference(copy, attempt.wanted)))
        return faults


def difference(got, wanted):
    got, wanted = collections.Counter(got), collections.Counter(wanted)
    missing, extra = wanted - got, got - wanted
    return "%d missing %s, %d too many %s" % (sum(missing.values()), sorted(missing)[:3],
                                              sum(extra.values()), sorted(extra)[:3])
