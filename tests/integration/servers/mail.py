# SPDX-License-Identifier: BSD-2-Clause
"""mail.py - sending a message to an MTA under test, reply by reply; by a Dialog octet by octet"""
import base64
import itertools
import os
import re
import smtplib
import socket
import ssl

_numbers = itertools.count(1)
TIMEOUT = 60.0


class Sent:
    """What became of one transaction: the reply to each recipient, and the one to the final dot (None if it never
    came to that)."""

    def __init__(self, message_id):
        self.message_id = message_id
        self.replies = {}
        self.final = None

    def reply(self, recipient):
        """(code, text) of RCPT."""
        return self.replies[recipient]

    @property
    def queue_id(self):
        """As Postfix and Sendmail name it in their 250."""
        text = self.final[1]
        return re.search(r"^2\.0\.0 (?:Ok: queued as )?(\w+)", text).group(1)

    @property
    def accepted(self):
        return self.final is not None and self.final[0] == 250


def new_message_id():
    return "<%d.%d@client.example.test>" % (os.getpid(), next(_numbers))


def compose(message_id, headers=(), body="Hello.\r\n", **fixed):
    """`headers` come before the usual ones; keyword arguments replace those (From="..."; None takes one out)."""
    usual = {"From": "Ann <ann@example.net>", "Subject": "test", "Date": "Sat, 21 Nov 2026 00:00:00 +0000",
             "Message-ID": message_id, **fixed}
    pairs = [*headers, *((name, value) for name, value in usual.items() if value is not None)]
    return "".join("%s: %s\r\n" % pair for pair in pairs) + "\r\n" + body


def tls_context(certificate=None):
    """The server is believed whatever it shows: whom it believes is what the tests are about."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if certificate:
        context.load_cert_chain(certificate.cert_file, certificate.key_file)
    return context


def connect(port, timeout=TIMEOUT, tls=False, certificate=None, login=None, source="127.0.0.1"):
    """A session; `certificate`: one of authority.py, which implies TLS; `login`: (user, password)."""
    smtp = smtplib.SMTP("127.0.0.1", port, local_hostname="client.example.test", timeout=timeout,
                        source_address=(source, 0))
    try:
        if tls or certificate:
            code, text = smtp.starttls(context=tls_context(certificate))
            assert code == 220, text
        if login:
            smtp.login(*login)
        return smtp
    except Exception:
        smtp.close()
        raise


def send(port, recipients, sender="ann@example.net", mail_options=(), rcpt_options=(), headers=(), body="Hello.\r\n",
         message_id=None, session=None, before_dot=None, **how):
    """One transaction. `recipients`: addresses, or (address, [options]). `before_dot` is called once all recipients
    were answered. A session that is given stays open. `how`: as for connect() (tls, certificate, login, source), and
    headers to replace as for compose()."""
    connecting = {name: how.pop(name) for name in ("tls", "certificate", "login", "source") if name in how}
    smtp = session or connect(port, **connecting)
    sent = Sent(message_id or new_message_id())
    try:
        smtp.ehlo_or_helo_if_needed()
        code, text = smtp.mail(sender, list(mail_options))
        if code != 250:
            sent.final = (code, text.decode())
            return sent
        for item in [recipients] if isinstance(recipients, str) else recipients:
            recipient, options = (item, rcpt_options) if isinstance(item, str) else item
            code, text = smtp.rcpt(recipient, list(options))
            sent.replies[recipient] = (code, text.decode())
        if any(code == 250 for code, _ in sent.replies.values()):
            if before_dot:
                before_dot()
            code, text = smtp.data(compose(sent.message_id, headers, body, **how).encode("utf-8", "surrogateescape"))
            sent.final = (code, text.decode())
        else:
            smtp.rset()
    finally:
        if session is None:
            smtp.close()
    return sent


class Dialog:
    """SMTP octet by octet: what is said goes out as it is, no client library in between. Opened with EHLO, and
    STARTTLS and AUTH PLAIN if asked for."""

    def __init__(self, port, hello="EHLO client.example.test", certificate=None, tls=False, login=None,
                 source="127.0.0.1"):
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT, source_address=(source, 0))
        self.answers = self.socket.makefile("rb")
        self.greeting = self.answer()
        self.say(hello)
        if tls or certificate:
            assert self.say("STARTTLS")[0] == 220
            self.answers.close()
            self.socket = tls_context(certificate).wrap_socket(self.socket)
            self.answers = self.socket.makefile("rb")
            self.say(hello)
        if login:
            code, text = self.say("AUTH PLAIN " + base64.b64encode(b"\0%s\0%s" % tuple(
                word.encode() for word in login)).decode())
            assert code == 235, text

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.answers.close()
        self.socket.close()

    def answer(self):
        """(code, the last line's text); (None, "") once the server has hung up."""
        while line := self.answers.readline():
            if line[3:4] != b"-":
                return int(line[:3]), line[4:].rstrip(b"\r\n").decode("utf-8", "replace")
        return None, ""

    def raw(self, octets):
        self.socket.sendall(octets)

    def say(self, line):
        """One line, text or octets, without its end; returns the answer."""
        self.raw((line.encode() if isinstance(line, str) else line) + b"\r\n")
        return self.answer()

    def transaction(self, sender, recipients, message, message_id):
        """MAIL FROM: and RCPT TO: followed by just these octets, then the message (all octets up to, without, the
        final dot; dots are the caller's). Returns a Sent, with replies by recipient as given."""
        sent = Sent(message_id)
        answer = self.say(b"MAIL FROM:" + _octets(sender))
        if answer[0] != 250:
            sent.final = answer
            return sent
        for recipient in recipients:
            sent.replies[recipient] = self.say(b"RCPT TO:" + _octets(recipient))
        if not any(code == 250 for code, _ in sent.replies.values()):
            self.say("RSET")
            return sent
        answer = self.say("DATA")
        if answer[0] == 354:
            self.raw(_octets(message))
            answer = self.say(".")
        sent.final = answer
        return sent


def _octets(text):
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
