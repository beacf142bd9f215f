# SPDX-License-Identifier: BSD-2-Clause
"""A group's address in spellings that a real Postfix takes for the same mailbox, as no client library would write them:
expanded or refused, never delivered to the group's address as it stands"""
import socket

import pytest

from servers import company, mail, rollcalld
from servers.company import address

# Replaced by the members, and by nobody else.
EXPANDED = ["<static@example.test>", "static@example.test", "<STATIC@Example.TEST>", '<"static"@example.test>',
            '<"st\\atic"@example.test>', "<@relay.example:static@example.test>",
            "<@a.example,@b.example:Static@Example.test>",
            "<example.test!static>", "<static%example.test>"]
# What RFC 5321 does not allow: whether a deletion would hit it is not certain.
REFUSED = ["< static@example.test >", "<static@example.test.>", "<st\\atic@example.test>", "<static(x)@example.test>",
           "<(x)static@example.test>", "<static @example.test>", '<"static" @example.test>', "<;static@example.test>"]


@pytest.fixture(scope="module")
def relay(company_ldif, shared_workshop):
    return shared_workshop.relay(rollcalld.from_ldif(company_ldif), trusted_networks="")


class Client:
    """SMTP, byte for byte."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 60)
        self.answers = self.socket.makefile("rb")
        self.answer()
        self.say("EHLO client.example.test")
        self.say("MAIL FROM:<ann@example.net>")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.answers.close()
        self.socket.close()

    def answer(self):
        while True:
            line = self.answers.readline().decode()
            if line[3:4] != "-":
                return line

    def say(self, line):
        self.socket.sendall(line.encode() + b"\r\n")
        return self.answer()


@pytest.mark.parametrize("path", EXPANDED)
def test_expanded(relay, path):
    sent = mail.Sent(mail.new_message_id())
    with Client(relay.port) as client:
        assert client.say("RCPT TO:" + path).startswith("250 ")
        client.say("DATA")
        assert client.say(mail.compose(sent.message_id) + ".").startswith("250 ")
    assert relay.mta.delivered(sent) == company.expected()["static"]


@pytest.mark.parametrize("path", REFUSED)
def test_refused(relay, path):
    with Client(relay.port) as client:
        assert client.say("RCPT TO:" + path).startswith("553 5.1.3 ")


@pytest.mark.parametrize("path", [*EXPANDED, *REFUSED])
def test_no_way_round_a_restriction(relay, path):
    with Client(relay.port) as client:
        reply = client.say("RCPT TO:" + path.replace("st\\atic", "a\\uthonly").replace("static", "authonly")
                           .replace("STATIC", "AUTHONLY").replace("Static", "Authonly"))
        assert reply.startswith("550 5.7.133 "), reply


def test_a_person_may_be_spelled_any_way(relay):
    with Client(relay.port) as client:
        assert client.say("RCPT TO:<%s.>" % address("p01")).startswith("250 ")
