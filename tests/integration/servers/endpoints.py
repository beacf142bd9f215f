# SPDX-License-Identifier: BSD-2-Clause
"""endpoints.py - a web service of published addresses: HTTPS with a certificate of our own, and bad days to order"""
import http.server
import json
import socket
import ssl
import threading
import time
import urllib.parse

from . import certificates
from .process import free_port


def rows(*networks):
    """What /endpoints gives for these networks."""
    return [
        {"id": 1, "serviceArea": "Exchange", "ips": ["13.107.6.152/31"], "tcpPorts": "80,443"},
        {"id": 10, "serviceArea": "Exchange", "ips": list(networks), "tcpPorts": "25"},
        {"id": 56, "serviceArea": "Common", "ips": ["20.20.32.0/19"], "tcpPorts": "443"},
    ]


class EndpointsServer:
    """`folder` is where its certificates are, or are made. `version` and `networks` are what is served. `behave` maps a path's first word ("version", "endpoints") to
    a function that is given the handler and answers in its own way."""

    def __init__(self, folder, name="localhost", port=None, make=True):
        self.version, self.networks, self.behave, self.requests = "2026110100", ["40.92.0.0/15"], {}, []
        self.ca_file = certificates.make(folder, name) if make else folder + "/ca.pem"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
        self.port = port or free_port()
        self.url = "https://localhost:%d" % self.port
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                parts = urllib.parse.urlsplit(self.path)
                owner.requests.append((time.monotonic(), parts.path, dict(urllib.parse.parse_qsl(parts.query))))
                word = parts.path.split("/")[1]
                if word in owner.behave:
                    owner.behave[word](self)
                elif word == "version":
                    self.give(json.dumps({"instance": "Worldwide", "latest": owner.version, "versions": []}))
                else:
                    self.give(json.dumps(rows(*owner.networks)))

            def give(self, text, status=200, **headers):
                octets = text.encode() if isinstance(text, str) else text
                self.send_response(status)
                self.send_header("Content-Length", str(len(octets)))
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(octets)

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            address_family, daemon_threads = socket.AF_INET, True

            def get_request(self):
                connection, address = self.socket.accept()
                return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

            def handle_error(self, request, client_address):
                pass  # clients that do not like our certificate, or hang up

        self.server = Server(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def asked(self, word):
        """The paths and parameters of the requests for "version" or "endpoints"."""
        return [(path, query) for _, path, query in self.requests if path.startswith("/%s/" % word)]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
