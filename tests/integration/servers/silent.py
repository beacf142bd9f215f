# SPDX-License-Identifier: BSD-2-Clause
"""silent.py - a server that accepts connections and never says a word, and one that does not even accept them"""
import socket
import threading

from .process import free_port


class SilentServer:
    def __init__(self):
        self.port = free_port()
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self.accepted = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        try:
            while True:
                self.accepted.append(self.listener.accept()[0])
        except OSError:
            pass  # closed

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for one in self.accepted:
            one.close()


class FullServer:
    """Its queue is full: the system answers no further connection."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.uri = "ldap://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.crowd = [socket.socket() for _ in range(4)]
        for one in self.crowd:
            one.setblocking(False)
            one.connect_ex(self.listener.getsockname())

    def close(self):
        for one in [*self.crowd, self.listener]:
            one.close()
