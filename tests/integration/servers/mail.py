# SPDX-License-Identifier: BSD-2-Clause
"""mail.py - sending a message to an MTA under test, reply by reply"""
import itertools
import os
import smtplib

_numbers = itertools.count(1)


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
        text = self.final[1]
        return text.rsplit("queued as ", 1)[1].split()[0] if "queued as " in text else text.split()[1]

    @property
    def accepted(self):
        return self.final is not None and self.final[0] == 250


def new_message_id():
    return "<%d.%d@client.example.test>" % (os.getpid(), next(_numbers))


def compose(message_id, headers=(), body="Hello.\r\n"):
    fixed = [("From", "Ann <ann@example.net>"), ("Subject", "test"), ("Date", "Sat, 21 Nov 2026 00:00:00 +0000"),
             ("Message-ID", message_id)]
    return "".join("%s: %s\r\n" % pair for pair in [*headers, *fixed]) + "\r\n" + body


def connect(port, timeout=60.0):
    return smtplib.SMTP("127.0.0.1", port, local_hostname="client.example.test", timeout=timeout)


def send(port, recipients, sender="ann@example.net", mail_options=(), rcpt_options=(), headers=(), body="Hello.\r\n",
         message_id=None, session=None, before_dot=None):
    """One transaction. `recipients`: addresses, or (address, [options]). `before_dot` is called once all recipients
    were answered. A session that is given stays open."""
    smtp = session or connect(port)
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
            code, text = smtp.data(compose(sent.message_id, headers, body).encode())
            sent.final = (code, text.decode())
        else:
            smtp.rset()
    finally:
        if session is None:
            smtp.close()
    return sent
