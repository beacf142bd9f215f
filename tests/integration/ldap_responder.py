# SPDX-License-Identifier: BSD-2-Clause
"""ldap_responder.py - a scripted LDAP server: says what real servers say only on bad days

A script is a function that gets a Search and yields what is sent in answer: messages made by entry(), reference() and
done(), or one of CLOSE, SILENCE, RESET and NOTICE (of disconnection, RFC 4511 section 4.4.1). The root DSE and a schema
are answered without asking the script.
BER by hand (RFC 4511 section 5.1): definite lengths, as much of it as a search needs.
"""
import socket
import ssl
import struct
import threading

from servers.process import free_port

CLOSE, SILENCE, RESET, NOTICE = "close", "silence", "reset", "notice"
BASE = "DC=example,DC=test"
PAGED = b"1.2.840.113556.1.4.319"
STARTTLS = b"1.3.6.1.4.1.1466.20037"

RFC_SCHEMA = [
    "( 2.5.4.0 NAME 'objectClass' EQUALITY objectIdentifierMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.38 )",
    "( 2.5.4.3 NAME 'cn' EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch "
    "SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
    "( 0.9.2342.19200300.100.1.3 NAME 'mail' EQUALITY caseIgnoreIA5Match SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 )",
    "( 1.2.840.113556.1.2.210 NAME 'proxyAddresses' EQUALITY caseExactMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
    "( 2.5.4.31 NAME 'member' EQUALITY distinguishedNameMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )",
] + ["( 1.3.6.1.4.1.99999.%d NAME 'filler%d' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )" % (n, n) for n in range(30)]
RFC_CLASSES = ["( 2.5.6.0 NAME 'top' ABSTRACT MUST objectClass )", "( 2.5.6.6 NAME 'person' SUP top MUST cn )"]


# ---- BER ----

def tlv(tag, content):
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def octets(value, tag=0x04):
    return tlv(tag, value.encode() if isinstance(value, str) else value)


def integer(value, tag=0x02):
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def read_tlv(data, at=0):
    """(tag, content, where the next one starts)"""
    tag, length, at = data[at], data[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7f
        length, at = int.from_bytes(data[at:at + count], "big"), at + count
    return tag, data[at:at + length], at + length


def read_all(data):
    found, at = [], 0
    while at < len(data):
        tag, content, at = read_tlv(data, at)
        found.append((tag, content))
    return found


# ---- messages, without the envelope ----

def entry(dn, **attributes):
    """`member__range_0_1` is written member;range=0-1, `member__range_2_end` member;range=2-*."""
    return entry_of(dn, {option(name): values for name, values in attributes.items()})


def option(name):
    if "__range_" not in name:
        return name
    base, _, numbers = name.partition("__range_")
    return "%s;range=%s" % (base, numbers.replace("_", "-").replace("end", "*"))


def entry_of(dn, attributes):
    body = b"".join(tlv(0x30, octets(name) + tlv(0x31, b"".join(octets(value) for value in values)))
                    for name, values in attributes.items())
    return tlv(0x64, octets(dn) + tlv(0x30, body))


def reference(*urls):
    return tlv(0x73, b"".join(octets(url) for url in urls))


def done(code=0, text="", referrals=(), cookie=None, tag=0x65, control=None):
    """A result; `cookie` not None: with a paged results control; `control`: (OID, value). Returns (message, controls)."""
    body = integer(code, 0x0a) + octets("") + octets(text)
    if referrals:
        body += tlv(0xa3, b"".join(octets(url) for url in referrals))
    controls = b""
    if cookie is not None:
        control = PAGED, tlv(0x30, integer(0) + octets(cookie))
    if control is not None:
        controls = tlv(0xa0, tlv(0x30, octets(control[0]) + octets(control[1])))
    return tlv(tag, body), controls


class Search:
    """A request, as far as scripts need it."""

    def __init__(self, body, controls):
        parts = read_all(body)
        self.base = parts[0][1].decode()
        self.scope = parts[1][1][0]
        self.filter = parts[6][1] if len(parts) > 7 else b""
        self.raw = body
        self.attributes = [value.decode() for _, value in read_all(parts[-1][1])]
        self.cookie = None
        self.controls = {}
        for _, control in read_all(controls):
            fields = read_all(control)
            self.controls[fields[0][1].decode()] = fields[-1][1]
            if fields[0][1] == PAGED:
                self.cookie = read_all(read_all(fields[-1][1])[0][1])[1][1]


class Responder:
    """`script(search)` yields answers. `bind` and `starttls` are result codes; `starttls` None: it succeeds.
    `context`: TLS, from the first octet or after StartTLS. `root`: attributes of the root DSE."""

    def __init__(self, script, bind=0, starttls=2, context=None, schema=None, tls_first=False, root=None):
        self.root = root or {}
        self.script, self.bind, self.starttls, self.context = script, bind, starttls, context
        self.schema, self.tls_first = schema, tls_first
        self.port = free_port()
        self.passwords, self.searches, self.connections = [], [], 0
        self.open = []
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def uri(self):
        return "%s://127.0.0.1:%d" % ("ldaps" if self.tls_first else "ldap", self.port)

    def close(self):
        """Refuses new connections and ends those there are, as a machine that goes down does."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for one in self.open:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # ended before
            one.close()

    def _accept(self):
        try:
            while True:
                connection = self.listener.accept()[0]
                self.connections += 1
                self.open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()
        except OSError:
            pass  # closed

    def _serve(self, connection):
        try:
            if self.tls_first:
                connection = self.context.wrap_socket(connection, server_side=True)
                self.open.append(connection)
            stream = Stream(connection)
            while True:
                message = stream.read()
                if message is None or not self._answer(stream, message):
                    break
        except (OSError, ssl.SSLError, IndexError):
            pass  # the other side has gone, or did not like our certificate
        if connection.fileno() >= 0:
            connection.close()

    def _answer(self, stream, message):
        parts = read_all(message)
        identifier, (tag, body) = parts[0][1], parts[1]
        controls = parts[2][1] if len(parts) > 2 else b""
        if tag == 0x60:
            fields = read_all(body)
            self.passwords.append(fields[2][1])
            stream.send(identifier, done(self.bind, tag=0x61))
        elif tag == 0x77:
            return self._start_tls(stream, identifier)
        elif tag == 0x63:
            return self._search(stream, identifier, Search(body, controls))
        elif tag == 0x42:
            return False
        return True

    def _start_tls(self, stream, identifier):
        if self.starttls is not None:
            stream.send(identifier, done(self.starttls, "no TLS here", tag=0x78))
            return True
        stream.send(identifier, done(0, tag=0x78))
        stream.connection = self.context.wrap_socket(stream.connection, server_side=True)
        self.open.append(stream.connection)
        return True

    def _search(self, stream, identifier, search):
        if search.base == "":
            answers = [entry("", subschemaSubentry=["cn=subschema"], **self.root), done()]
        elif search.base == "cn=subschema":
            answers = [entry("cn=subschema", attributeTypes=self.schema or RFC_SCHEMA, objectClasses=RFC_CLASSES),
                       done()]
        else:
            self.searches.append(search)
            answers = self.script(search)
        for answer in answers:
            if answer == SILENCE:
                return True
            if answer == RESET:
                stream.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if answer == NOTICE:
                stream.send(b"\0", tlv(0x78, integer(52, 0x0a) + octets("") + octets("") +
                                       octets("1.3.6.1.4.1.1466.20036", 0x8a)))
            if answer in (CLOSE, RESET, NOTICE):
                return False
            stream.send(identifier, answer)
        return True


class Stream:
    """LDAP messages on a connection."""

    def __init__(self, connection):
        self.connection, self.data = connection, b""

    def send(self, identifier, answer):
        body, controls = answer if isinstance(answer, tuple) else (answer, b"")
        self.connection.sendall(tlv(0x30, tlv(0x02, identifier) + body + controls))

    def read(self):
        """The content of the next message, None at the end."""
        while True:
            if len(self.data) >= 2 and len(self.data) >= self._needed():
                _, content, end = read_tlv(self.data)
                self.data = self.data[end:]
                return content
            more = self.connection.recv(65536)
            if not more:
                return None
            self.data += more

    def _needed(self):
        length = self.data[1]
        if not length & 0x80:
            return 2 + length
        count = length & 0x7f
        return 2 + count + int.from_bytes(self.data[2:2 + count], "big") if len(self.data) >= 2 + count else 1 << 60
