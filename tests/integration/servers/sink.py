# SPDX-License-Identifier: BSD-2-Clause
"""sink.py - where all mail of a test ends: an SMTP server that keeps every delivery

Owns:    one listening socket and a thread for each session of the MTA.
Threads: deliveries are added by session threads and read by the tests, under one lock.
"""
import collections
import email
import re
import socketserver
import threading

from .process import free_port

# One recipient of one message. `parameters`: of its RCPT command, upper case names; `options`: of MAIL. `message`:
# email.message.Message; `octets`: as it came.
Delivery = collections.namedtuple("Delivery", "recipient sender parameters message options octets")

COMMAND = re.compile(rb"(?i)(?:MAIL FROM|RCPT TO):\s*<((?:\"(?:\\.|[^\"])*\"|[^>\"])*)>\s*(.*)")


class Sink:
    def __init__(self):
        self.port = free_port()
        self.lock = threading.Lock()
        self.kept = {}  # Message-ID -> deliveries
        self.refused = {}
        self.server = _Server(("127.0.0.1", self.port), _Session)
        self.server.sink = self
        threading.Thread(target=self.server.serve_forever, daemon=True, kwargs={"poll_interval": 0.05}).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def refuse(self, address, reply):
        """From now on RCPT TO that address is answered so, for example b"550 5.1.1 no such user"."""
        self.refused[address.lower()] = reply

    def keep(self, message, deliveries):
        with self.lock:
            self.kept.setdefault(message["Message-ID"], []).extend(deliveries)

    def deliveries(self, message_id):
        """What came of one message."""
        with self.lock:
            return list(self.kept.get(message_id, []))

    def reports(self, message_id):
        """Deliveries of reports about one message."""
        with self.lock:
            kept = [one for deliveries in self.kept.values() for one in deliveries]
        return [one for one in kept if one.sender == "" and one.message.get_content_type() == "multipart/report"
                and message_id in one.message.as_string()]

    def recipients(self, message_id):
        """Sorted, each as often as it was delivered."""
        return sorted(one.recipient for one in self.deliveries(message_id))

    def addressed(self, recipient):
        """Everything that was delivered to one address, reports above all."""
        with self.lock:
            return [one for kept in self.kept.values() for one in kept if one.recipient == recipient]


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.sender, self.options, self.recipients = None, {}, []
        self.reply(b"220 sink.example.test ESMTP")
        while True:
            line = self.rfile.readline(65536)
            if not line or self.command(line.rstrip(b"\r\n")) is False:
                return

    def reply(self, *lines):
        for number, line in enumerate(lines):
            self.wfile.write((line[:3] + b"-" + line[4:] if number < len(lines) - 1 else line) + b"\r\n")

    def command(self, line):
        verb = line[:4].upper()
        if verb == b"EHLO":
            self.reply(b"250 sink.example.test", b"250 PIPELINING", b"250 8BITMIME", b"250 SMTPUTF8", b"250 DSN")
        elif verb == b"MAIL":
            self.sender, self.options = self.path(line)
            self.recipients = []
            self.reply(b"250 2.1.0 ok")
        elif verb == b"RCPT":
            recipient, parameters = self.path(line)
            refusal = self.server.sink.refused.get(recipient.lower())
            if not refusal:
                self.recipients.append((recipient, parameters))
            self.reply(refusal or b"250 2.1.5 ok")
        elif verb == b"DATA":
            self.data()
        elif verb == b"QUIT":
            self.reply(b"221 2.0.0 bye")
            return False
        else:
            self.reply(b"250 2.0.0 ok")
        return True

    @staticmethod
    def path(line):
        address, rest = COMMAND.match(line).groups()
        words = (word.partition("=") for word in rest.decode("utf-8", "surrogateescape").split())
        return address.decode("utf-8", "surrogateescape"), {name.upper(): value for name, _, value in words}

    def data(self):
        if not self.recipients:
            self.reply(b"554 5.5.1 no recipients")
            return
        self.reply(b"354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        if line == b"":
            return
        octets = b"".join(lines)
        message = email.message_from_bytes(octets)
        self.server.sink.keep(message, [Delivery(recipient, self.sender, parameters, message, self.options, octets)
                                        for recipient, parameters in self.recipients])
        self.sender, self.recipients = None, []
        self.reply(b"250 2.0.0 kept")
