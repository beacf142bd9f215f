# SPDX-License-Identifier: BSD-2-Clause
"""load.py - mail to groups from several senders, each of which tries again as an MTA does

A message is offered until each of its recipients was accepted; only recipients that were put off are offered again.
One attempt in twenty is the sender's own fault: it sends the final dot and hangs up without waiting for the reply,
at most once a message.
"""
import collections
import contextlib
import random
import smtplib
import threading
import time

from ledger import Attempt, Message
from servers import mail
from servers.process import wait_for

SENDER = "ann@example.net"
PLAIN = "x@elsewhere.example"
BACKLOG = 15000  # recipients accepted but not delivered yet, above which no new message is made
LONGEST = 120.0  # seconds after the last disturbance, in which every message must be accepted


class Load:
    """`rosters`: address -> the addresses it must reach."""

    def __init__(self, port, rosters, ledger, seed, senders=4, pause=0.05):
        self.port, self.rosters, self.ledger, self.pause = port, rosters, ledger, pause
        self.messages, self.faults, self.endings = [], [], collections.Counter()
        self.promised = 0
        self.lock = threading.Lock()
        self.stopping, self.giving_up = threading.Event(), threading.Event()
        self.threads = [threading.Thread(target=self._send, args=(random.Random("%s %d" % (seed, number)),))
                        for number in range(senders)]
        for thread in self.threads:
            thread.start()

    def _send(self, generator):
        try:
            while not self.stopping.is_set():
                if self.promised - self.ledger.deliveries > BACKLOG:
                    time.sleep(self.pause)
                    continue
                message = self._new_message(generator)
                abandon = generator.random() < 0.05
                while message.left and not self.giving_up.is_set():
                    self._record(message, self._attempt(message, abandon))
                    abandon = False
                    if message.left:
                        time.sleep(generator.uniform(0, self.pause))
        except Exception as failure:  # a thread's exception would go unseen
            self.faults.append("a sender failed: %r" % failure)

    def _new_message(self, generator):
        groups = sorted(self.rosters)
        recipients = generator.sample(groups, 2 if generator.random() < 0.2 else 1)
        if generator.random() < 0.3:
            recipients.append(PLAIN)
        message = Message(mail.new_message_id(), recipients)
        with self.lock:
            self.messages.append(message)
        return message

    def _record(self, message, result):
        attempt, taken = result
        message.attempts.append(attempt)
        with self.lock:
            self.endings[attempt.ending] += 1
            if attempt.ending == "accepted":
                message.left = [one for one in message.left if one not in taken]
                self.promised += len(attempt.wanted)

    def _attempt(self, message, abandon):
        """One transaction: (Attempt, the recipients it was accepted for)."""
        transaction = Transaction(message, self.rosters)
        try:
            with contextlib.closing(mail.connect(self.port)) as smtp:
                transaction.run(smtp, abandon)
        except (OSError, smtplib.SMTPException):
            transaction.broken()
        if transaction.refused:
            self.faults.append("%s: refused: %s" % (message.identity, transaction.refused))
        return transaction.attempt(), transaction.taken

    def count(self, ending="accepted"):
        with self.lock:
            return self.endings[ending]

    def wait_more(self, count=1, seconds=60):
        """Until so many more messages were accepted."""
        before = self.count()
        wait_for(lambda: self.faults or self.count() >= before + count, "mail to be accepted", seconds)

    def finish(self, mta):
        """No new messages; waits until the old ones are accepted and delivered. Returns (faults, second copies)."""
        self.stopping.set()
        deadline = time.monotonic() + LONGEST
        for thread in self.threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self.giving_up.set()
        for thread in self.threads:
            thread.join(60)
        mta.wait_idle(600)
        faults, doubled = self.ledger.judge(self.messages)
        faults += ["left in the queue: %s" % name for name in mta.queued()]
        return self.faults + faults, doubled

    def rows(self):
        """What the senders saw, for the table."""
        put_off = {name: count for name, count in sorted(self.endings.items()) if name not in ("accepted", "unseen")}
        return [("messages, all accepted in the end", len(self.messages)),
                ("attempts put off " + ", ".join("%s %d" % pair for pair in put_off.items()), sum(put_off.values())),
                ("attempts whose reply was not seen", self.count("unseen")),
                ("deliveries", self.ledger.deliveries)]


class Transaction:
    """Offers what is left of a message once."""

    def __init__(self, message, rosters):
        self.message, self.rosters = message, rosters
        self.taken, self.ending, self.refused, self.queue_id = [], "at connect", None, None

    def run(self, smtp, abandon):
        smtp.ehlo_or_helo_if_needed()
        self.ending = "at MAIL"
        if not self._is_good(smtp.mail(SENDER)):
            return
        self.ending = "at RCPT"
        self.taken = [one for one in self.message.left if self._is_good(smtp.rcpt(one))]
        if not self.taken:
            return
        self.ending = "at DATA"
        if smtp.docmd("DATA")[0] != 354:
            return
        self.ending = "unseen"
        smtp.send(mail.compose(self.message.identity).encode() + b".\r\n")
        if abandon:
            return
        code, text = reply = smtp.getreply()
        self.ending = "accepted" if self._is_good(reply) else "at the dot"
        if code == 250:
            self.queue_id = text.decode().rsplit("queued as ", 1)[1].split()[0]

    def _is_good(self, reply):
        if reply[0] >= 500:
            self.refused = reply
        return reply[0] == 250

    def broken(self):
        """The connection broke. After the final dot nobody knows; before it, nothing was handed over."""
        if self.ending != "unseen":
            self.ending = "by a broken connection " + self.ending

    def attempt(self):
        wanted = sorted({address for one in self.taken for address in self.rosters.get(one, [one])})
        return Attempt(self.ending, wanted, self.queue_id)
