# SPDX-License-Identifier: BSD-2-Clause
"""control.py - asking a daemon by its control socket

Promises: each request is a connection of its own, as the daemon has it.
"""
import http.client
import json
import socket


class _Connection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("rollcalld", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = connect(self.path, self.timeout)


def connect(path, timeout=60):
    """A socket, for those who do not speak HTTP."""
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(timeout)
    client.connect(path)
    return client


def ask(daemon, method, path, body=None, timeout=120):
    """(HTTP status, the JSON of the answer); `body`: octets, or something that becomes JSON."""
    connection = _Connection(daemon.control, timeout)
    octets = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    connection.request(method, path, octets)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    assert answer.getheader("Content-Type") == "application/json", text
    return answer.status, json.loads(text) if method != "HEAD" else text


def get(daemon, path):
    status, answer = ask(daemon, "GET", path)
    assert status == 200, answer
    return answer
