# SPDX-License-Identifier: BSD-2-Clause
"""slow.py - stands between a client and a server, and keeps every answer back for some time

Owns: a listening socket, and two threads a connection.
"""
import contextlib
import socket
import threading
import time

from .process import free_port


class SlowProxy:
    """`delay`: seconds for each piece of an answer; may change at any time."""

    def __init__(self, port, delay=0.0):
        self.target, self.delay, self.port = port, delay, free_port()
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self.open = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def uri(self):
        return "ldap://127.0.0.1:%d" % self.port

    def _accept(self):
        with contextlib.suppress(OSError):  # closed
            while True:
                client = self.listener.accept()[0]
                try:
                    server = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    client.close()
                    continue
                self.open += [client, server]
                for source, target, is_slow in ((client, server, False), (server, client, True)):
                    threading.Thread(target=self._pass_on, args=(source, target, is_slow), daemon=True).start()

    def _pass_on(self, source, target, is_slow):
        with contextlib.suppress(OSError):
            while octets := source.recv(65536):
                if is_slow and self.delay:
                    time.sleep(self.delay)
                target.sendall(octets)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for one in self.open:
            one.close()
