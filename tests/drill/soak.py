# SPDX-License-Identifier: BSD-2-Clause
"""soak.py - twenty sessions send mail of every kind, hostile addresses among it; each is answered and delivered as it
must be, and the daemon does not grow
"""
import random
import threading
import time

import house
from ledger import difference
from servers import company, mail
from servers.company import address

SESSIONS = 20
SESSION_LENGTH = 40  # messages before a session ends and the next begins
WARM = 1000          # messages before the footprint is looked at
EXPECTED = company.expected()

# What an address must never do: reach anybody else, upset the filter or the log, stop the daemon.
HOSTILE = [
    b"<a)(mail=*@example.test>", b"<*@example.test>", b'<"*)(objectClass=*"@example.test>', b"<\\2a@example.test>",
    b'<"a b"@example.test>', b'<"a\\"b"@example.test>', b"<%s%n%x@example.test>", b"<x@y@example.test>",
    b"<@relay.example,@other.example:nobody-here@example.test>", b"<nobody-here@[127.0.0.1]>", b"<@example.test>",
    b"<" + b"x" * 64 + b"@example.test>", b"<" + b"x" * 900 + b"@example.test>", b"<nobody@" + b"a." * 120 + b"test>",
    b"<\xff\xfe@example.test>", "<sälès@example.test>".encode(), "<ｓａｌｅｓ@example.test>".encode(),
    "<sales\u200b@example.test>".encode(), b"<sales@example.test\x00>", b"<sales\x01@example.test>", b"<>", b"<@>",
    b"<X500:/o=Example/cn=sales@example.test>", b"<smtp:sales@example.test>", b"<'sales'@example.test>",
    b"<IMCEAEX-_o=Example_cn=sales@example.test>", b"<nobody$(id)`id`@example.test>",
    b"<sales%example.test@example.test>",
]

# What Postfix takes for the address of the group (without strict_rfc821_envelopes): expanded or refused, never passed.
SPELLED = [
    b"sales@example.test", b"<sales@EXAMPLE.Test>", b'<"sales"@example.test>', b'<"sa\\les"@example.test>',
    b"<@relay.example:sales@example.test>", b"<sa\\les@example.test>", b"< sales@example.test>",
    b"<sales @example.test>",
    b"<sales@example.test.>", b"<<sales@example.test>>", b"<Sales <sales@example.test>>", b"<sales(x)@example.test>",
    b"<,sales@example.test>", b"<sales@example.test@>", b"<sales%example.test>", b"<example.test!sales>",
]

# kind -> how often. The share of groups decides how much Postfix has to deliver.
KINDS = {"plain": 6, "group": 8, "refused": 3, "deferred": 1, "unknown": 3, "hostile": 3, "spelled": 2}
REFUSED = ["moderated", "restricted", "nobody"]
DEFERRED = ["broken", "nofilter", "nobase"]


class Soak:
    """`wanted`: Message-ID -> addresses, of what was accepted; None: nobody whom the directory knows."""

    def __init__(self, port, total, seed):
        self.port, self.left, self.seed = port, total, seed
        self.lock = threading.Lock()
        self.wanted, self.faults, self.kinds = {}, [], dict.fromkeys(KINDS, 0)
        self.done = 0
        self.spelling = {}
        self.threads = [threading.Thread(target=self._sessions, args=(random.Random("%s %d" % (seed, number)),))
                        for number in range(SESSIONS)]
        for thread in self.threads:
            thread.start()

    def alive(self):
        return any(thread.is_alive() for thread in self.threads)

    def _take(self):
        with self.lock:
            self.left -= 1
            return self.left >= 0 and len(self.faults) < 20

    def _sessions(self, generator):
        try:
            while True:
                with mail.connect(self.port) as smtp:
                    smtp.ehlo()
                    for _ in range(SESSION_LENGTH):
                        if not self._take():
                            return
                        self._one(smtp, generator)
        except Exception as failure:  # a thread's exception would go unseen
            self._fault("a session failed: %r" % failure)

    def _fault(self, text):
        with self.lock:
            self.faults.append(text)

    def _one(self, smtp, generator):
        kind = generator.choices(list(KINDS), list(KINDS.values()))[0]
        identity = mail.new_message_id()
        getattr(self, "_" + kind)(smtp, generator, identity)
        with self.lock:
            self.kinds[kind] += 1
            self.done += 1

    def _transaction(self, smtp, identity, recipients, codes, wanted):
        """Raw recipients, the code each must be answered with (None: any), and who gets it if it goes out."""
        smtp.mail("ann@example.net")
        taken = False
        for recipient, code in zip(recipients, codes):
            smtp.send(b"RCPT TO:" + recipient + b"\r\n")
            got = smtp.getreply()
            if code is not None and got[0] != code:
                self._fault("%r: answered %r instead of %d" % (recipient, got, code))
            taken = taken or got[0] == 250
        if not taken:
            smtp.rset()
            return
        with self.lock:
            self.wanted[identity] = wanted
        code, text = smtp.data(mail.compose(identity).encode())
        if code != 250:
            self._fault("%r: the message was answered %r" % (recipients, (code, text)))

    def _plain(self, smtp, generator, identity):
        to = "x%d@elsewhere.example" % generator.randrange(1000)
        self._transaction(smtp, identity, [path(to)], [250], [to])

    def _group(self, smtp, generator, identity):
        groups = generator.sample(sorted(EXPECTED), generator.randint(1, 2))
        self._transaction(smtp, identity, [path(address(group)) for group in groups], [250] * len(groups),
                          sorted({one for group in groups for one in EXPECTED[group]}))

    def _refused(self, smtp, generator, identity):
        """A refused group does not touch its neighbour."""
        self._transaction(smtp, identity, [path(address(generator.choice(REFUSED))), path("x@elsewhere.example")],
                          [550, 250], ["x@elsewhere.example"])

    def _deferred(self, smtp, generator, identity):
        self._transaction(smtp, identity, [path(address(generator.choice(DEFERRED)))], [451], [])

    def _unknown(self, smtp, generator, identity):
        self._transaction(smtp, identity, [path(address("nobody%d" % generator.randrange(10 ** 6)))], [550], [])

    def _hostile(self, smtp, generator, identity):
        self._transaction(smtp, identity, [generator.choice(HOSTILE)], [None], None)

    def _spelled(self, smtp, generator, identity):
        spelling = generator.choice(SPELLED)
        self.spelling[identity] = spelling
        self._transaction(smtp, identity, [spelling], [None], EXPECTED["sales"])

    def judge(self, ledger):
        for identity, wanted in self.wanted.items():
            copies = list(ledger.copies.get(identity, {}).values())
            if wanted is None:
                if any(len(copy) > 1 or set(copy) & KNOWN for copy in copies):
                    self.faults.append("a hostile address reached %s" % copies)
            elif len(copies) != 1 or sorted(copies[0]) != wanted:
                self.faults.append("%s: %d copies: %s" % (self.spelling.get(identity, identity), len(copies),
                                                          difference(sum(copies, []), wanted)))
        return self.faults + ["%s: delivered, but refused" % identity for identity in ledger.copies
                              if identity not in self.wanted]


KNOWN = {one for roster in EXPECTED.values() for one in roster} | {address(group) for group in EXPECTED}


def path(text):
    return b"<" + text.encode() + b">"


def run(options):
    with house.House() as home:
        patient = {"smtpd_error_sleep_time": 0, "smtpd_soft_error_limit": 100000, "smtpd_hard_error_limit": 100000,
                   "smtpd_junk_command_limit": 100000}
        daemon, port = home.relay(home.ldif(), patient, unknown_recipients="refuse")
        pid, footprint = daemon.process.pid, house.Footprint(daemon.process)
        began = time.monotonic()
        soak = Soak(port, options.messages, options.seed)
        while soak.alive():
            if soak.done >= min(WARM, options.messages // 4):
                footprint.take()
            time.sleep(0.1)
        seconds = time.monotonic() - began
        home.mta.wait_idle(600)
        faults = soak.judge(home.ledger)
        if soak.done < options.messages:
            faults.append("only %d of %d messages were sent" % (soak.done, options.messages))
        if not daemon.process.alive() or daemon.process.pid != pid:
            faults.append("rollcalld ended:\n" + daemon.log()[-2000:])
        rows, leaks = footprint.judge(memory_slack=options.slack, descriptor_slack=SESSIONS)
        return [("messages", soak.done), (" ".join("%s %d" % pair for pair in soak.kinds.items()), ""),
                ("messages/s", "%.0f" % (soak.done / seconds)), ("deliveries", home.ledger.deliveries),
                *rows], faults + leaks
