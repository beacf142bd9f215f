# SPDX-License-Identifier: BSD-2-Clause
"""login.py - the password service that Postfix asks (Dovecot's protocol 1.1): every user may log in with `secret`"""
import base64
import os
import socketserver
import threading

GREETING = b"VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t00\nDONE\n"


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(GREETING)
        for line in self.rfile:
            words = line.decode().rstrip("\n").split("\t")
            if words[0] == "AUTH":
                self.wfile.write(self.judge(words).encode())

    @staticmethod
    def judge(words):
        answer = dict(word.partition("=")[::2] for word in words[3:])
        _, user, password = base64.b64decode(words[-1].partition("=")[2]).decode().split("\0")
        assert "resp" in answer
        return "OK\t%s\tuser=%s\n" % (words[1], user) if password == "secret" else "FAIL\t%s\tuser=%s\n" % (
            words[1], user)


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


def serve(path):
    """Listens at `path` until the process ends."""
    server = _Server(path, _Handler)
    os.chmod(path, 0o666)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
