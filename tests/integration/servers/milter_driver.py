# SPDX-License-Identifier: BSD-2-Clause
"""milter_driver.py - the MTA's side of the milter protocol, command by command

For what no MTA shows: the exact stream of replies and edits, in order and byte for byte. Negotiates as Postfix or
Sendmail does, keeps to what was negotiated (stages left out, stages without a reply), and fails on anything that an
MTA would take for a protocol error.
"""
import collections
import socket
import struct

# Commands and replies as in libmilter's mfdef.h.
NAMES = {"+": "addrcpt", "2": "addrcpt_par", "-": "delrcpt", "e": "chgfrom", "h": "addheader", "i": "insheader",
         "m": "chgheader", "b": "replbody", "q": "quarantine", "p": "progress", "a": "accept", "c": "continue",
         "d": "discard", "r": "reject", "s": "skip", "t": "tempfail", "y": "replycode", "4": "shutdown", "f": "fail"}
EDITS = {"addrcpt", "addrcpt_par", "delrcpt", "chgfrom", "addheader", "insheader", "chgheader", "replbody",
         "quarantine"}

ACTIONS = {"addheader": 0x01, "replbody": 0x02, "addrcpt": 0x04, "delrcpt": 0x08, "chgheader": 0x10,
           "quarantine": 0x20, "chgfrom": 0x40, "addrcpt_par": 0x80, "insheader": 0x01}
ALL_ACTIONS = 0x1FF

# What is sent for a stage unless the milter asked for it not to be, and the flag that says "no reply needed".
STAGES = {"connect": ("C", 0x1, 0x1000), "helo": ("H", 0x2, 0x2000), "mail": ("M", 0x4, 0x4000),
          "rcpt": ("R", 0x8, 0x8000), "data": ("T", 0x200, 0x10000), "header": ("L", 0x20, 0x80),
          "eoh": ("N", 0x40, 0x40000), "body": ("B", 0x10, 0x80000)}

# name -> offered steps (SMFIP_*), macros per stage
Personality = collections.namedtuple("Personality", "steps macros")
POSTFIX = Personality(0x1FFFFF, {
    "connect": {"j": "mx.example.test", "v": "Postfix 3.7.11", "{daemon_name}": "smtpd", "_": "client [192.0.2.9]"},
    "helo": {}, "mail": {"{mail_mailer}": "smtp"}, "rcpt": {"{rcpt_mailer}": "smtp"}, "data": {"i": "4bQx1L2pzSz"},
    "eom": {"i": "4bQx1L2pzSz"}})
SENDMAIL = Personality(0x301FFFFF, {
    "connect": {"j": "mx.example.test", "_": "client [192.0.2.9]", "{daemon_name}": "MTA",
                "v": "8.17.1.9"},
    "helo": {}, "mail": {"i": "5ALB1234567890", "{mail_mailer}": "esmtp"}, "rcpt": {"{rcpt_mailer}": "esmtp"},
    "data": {}, "eom": {"{msg_id}": "<m@example.test>"}})

# One reply. `fields`: its NUL-terminated parts as str; for header edits with an index that comes first, as int.
Reply = collections.namedtuple("Reply", "name fields")

# Everything a message led to: reply per recipient in order, the edits in order, the final reply.
Outcome = collections.namedtuple("Outcome", "mail recipients edits final")


class ProtocolError(Exception):
    """The milter said something an MTA would not take."""


class Driver:
    """One milter session. `where`: a path, or (host, port)."""

    def __init__(self, where, personality=POSTFIX, actions=ALL_ACTIONS, steps=None, timeout=60.0):
        self.personality = personality
        self.socket = socket.socket(socket.AF_UNIX if isinstance(where, str) else socket.AF_INET)
        self.socket.settimeout(timeout)
        self.socket.connect(where)
        self.asked_macros = {}
        self.negotiate(actions, personality.steps if steps is None else steps)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            self.write("Q")
        except OSError:
            pass
        self.socket.close()

    def write(self, command, payload=b""):
        self.socket.sendall(struct.pack("!I", len(payload) + 1) + command.encode() + payload)

    def _exactly(self, count):
        octets = b""
        while len(octets) < count:
            piece = self.socket.recv(count - len(octets))
            if not piece:
                raise ConnectionError("the milter closed the connection")
            octets += piece
        return octets

    def read(self):
        length, = struct.unpack("!I", self._exactly(4))
        packet = self._exactly(length)
        return chr(packet[0]), packet[1:]

    def negotiate(self, actions, steps):
        self.write("O", struct.pack("!III", 6, actions, steps))
        code, payload = self.read()
        if code != "O":
            raise ProtocolError("negotiation answered by %r" % code)
        self.version, self.actions, self.steps = struct.unpack("!III", payload[:12])
        if self.actions & ~actions or self.steps & ~steps:
            raise ProtocolError("asked for what was not offered: actions %#x of %#x, steps %#x of %#x"
                                % (self.actions, actions, self.steps, steps))
        rest = payload[12:]
        while rest:
            stage, = struct.unpack("!I", rest[:4])
            names, _, rest = rest[4:].partition(b"\0")
            self.asked_macros[stage] = names.decode()

    def macros(self, stage, values):
        command = "E" if stage == "eom" else STAGES[stage][0]
        pairs = b"".join(name.encode() + b"\0" + value.encode() + b"\0" for name, value in values.items())
        self.write("D", command.encode() + pairs)

    def reply(self):
        """One reply that is no edit; progress reports are passed over."""
        while True:
            reply = self.parse(*self.read())
            if reply.name in EDITS:
                raise ProtocolError("an edit before the end of the message: %s" % (reply,))
            if reply.name != "progress":
                return reply

    def parse(self, code, payload):
        if code not in NAMES:
            raise ProtocolError("unknown reply %r" % code)
        name = NAMES[code]
        if name in ACTIONS and not self.actions & ACTIONS[name]:
            raise ProtocolError("%s was not negotiated" % name)
        fields = []
        if name in ("insheader", "chgheader"):
            fields, payload = [struct.unpack("!I", payload[:4])[0]], payload[4:]
        if payload:
            if name != "replbody" and not payload.endswith(b"\0"):
                raise ProtocolError("%s is not terminated: %r" % (name, payload))
            fields += [part.decode("utf-8", "surrogateescape") for part in payload[:-1].split(b"\0")]
        return Reply(name, tuple(fields))

    def step(self, stage, payload=b"", macros=None):
        """One stage as an MTA does it; CONTINUE where the milter wanted none or no reply."""
        command, left_out, no_reply = STAGES[stage]
        values = {**self.personality.macros.get(stage, {}), **(macros or {})}
        if values:
            self.macros(stage, values)
        if self.steps & left_out:
            return Reply("continue", ())
        self.write(command, payload)
        return Reply("continue", ()) if self.steps & no_reply else self.reply()

    # ---- stages ----

    def connect(self, host="client.example.test", address="192.0.2.9", port=40000, macros=None):
        family = b"6" if ":" in address else b"4"
        return self.step("connect", host.encode() + b"\0" + family + struct.pack("!H", port) + address.encode()
                         + b"\0", macros)

    def helo(self, name="client.example.test", macros=None):
        return self.step("helo", name.encode() + b"\0", macros)

    def mail(self, sender, *options, macros=None):
        return self.step("mail", nul("<%s>" % sender, *options), macros)

    def rcpt(self, argument, *options, macros=None):
        """`argument` exactly as the MTA passes it on, brackets included."""
        return self.step("rcpt", nul(argument, *options), macros)

    def data(self, macros=None):
        return self.step("data", b"", macros)

    def header(self, name, value):
        return self.step("header", nul(name, value))

    def end_of_headers(self):
        return self.step("eoh")

    def body(self, octets):
        return self.step("body", octets)

    def end_of_message(self, macros=None):
        """(edits in order, final reply)."""
        self.macros("eom", {**self.personality.macros["eom"], **(macros or {})})
        self.write("E")
        edits = []
        while True:
            reply = self.parse(*self.read())
            if reply.name in EDITS:
                edits.append(reply)
            elif reply.name != "progress":
                return edits, reply

    def abort(self):
        self.write("A")

    # ---- a whole message ----

    def open(self, macros=None):
        self.connect(macros=macros)
        self.helo()
        return self

    def message(self, recipients, sender="ann@example.net", headers=(), mail_options=(), macros=None):
        """`recipients`: arguments without brackets, or (argument, [options]). Recipients that are refused are left
        out of what follows; if all are, the message is aborted and `final` is None."""
        mail = self.mail(sender, *mail_options, macros=macros)
        if mail.name != "continue":
            return Outcome(mail, [], [], None)
        replies = []
        for item in [recipients] if isinstance(recipients, str) else recipients:
            argument, options = (item, ()) if isinstance(item, str) else item
            replies.append(self.rcpt("<%s>" % argument, *options))
        if not any(reply.name in ("continue", "accept") for reply in replies):
            self.abort()
            return Outcome(mail, replies, [], None)
        for reply in [self.data()] + [self.header(*pair) for pair in
                                      (*headers, ("From", "ann@example.net"), ("Subject", "test"))]:
            if reply.name != "continue":
                raise ProtocolError("unexpected %s" % (reply,))
        self.end_of_headers()
        reply = self.body(b"Hello.\r\n")
        if reply.name not in ("continue", "skip"):  # that is the answer to the whole message
            return Outcome(mail, replies, [], reply)
        edits, final = self.end_of_message()
        return Outcome(mail, replies, edits, final)


def nul(*words):
    return b"".join(word.encode("utf-8", "surrogateescape") + b"\0" for word in words)
