# SPDX-License-Identifier: BSD-2-Clause
"""silent.py - a server that accepts connections and never says a word"""
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
