# SPDX-License-Identifier: BSD-2-Clause
"""test_endpoints.py - the list of addresses that Microsoft publishes, against a web server on good and bad days

Driven by endpoints-probe, a small program over rollcall/origin.h that reads one command a line.
"""
import gzip
import json
import os
import queue
import re
import subprocess
import threading
import time

import pytest
from servers import certificates, rollcalld
from servers.endpoints import EndpointsServer
from servers.process import free_port
from servers.silent import SilentServer

PROBE = os.environ.get("ROLLCALL_ENDPOINTS_PROBE",
                       os.path.join(rollcalld.BUILD, "tests/integration/endpoints-probe"))


class Probe:
    def __init__(self, url, cache, *options):
        self.child = subprocess.Popen([PROBE, "--url", url, "--cache", cache, *options], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, text=True)
        self.lines, self.events = queue.Queue(), []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.child.stdout:
            self.lines.put(line.rstrip("\n"))

    def _next(self, kind, seconds=20):
        """The next line of this kind; events on the way are kept."""
        deadline = time.monotonic() + seconds
        while True:
            line = self.lines.get(timeout=max(0.01, deadline - time.monotonic()))
            word, _, rest = line.partition(" ")
            if word == "event":
                self.events.append(rest)
            if word == kind:
                return rest

    def event(self, text, seconds=20):
        """Waits until an event has `text` in it, and returns it."""
        for known in self.events:
            if text in known:
                return known
        deadline = time.monotonic() + seconds
        while True:
            line = self._next("event", deadline - time.monotonic())
            if text in line:
                return line

    def ask(self, command):
        self.child.stdin.write(command + "\n")
        self.child.stdin.flush()
        return self._next(command.split(" ")[0])

    def version(self):
        return self.ask("version").split(" ")[0]

    def contains(self, address):
        return self.ask("contain " + address) == "yes"

    def stop(self):
        """Seconds that it took."""
        self.child.stdin.close()
        seconds = float(self._next("stopped", 30))
        assert self.child.wait(10) == 0
        return seconds


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    server = EndpointsServer(str(tmp_path_factory.mktemp("site")))
    yield server
    server.close()


@pytest.fixture
def server(site):
    site.version, site.networks, site.behave = "2026110100", ["40.92.0.0/15", "2a01:111:f400::/48"], {}
    site.requests.clear()
    return site


@pytest.fixture
def start(server, tmp_path):
    """Starts a probe on the server; stops all in the end."""
    probes = []

    def start_probe(*options, url=server.url, ca_file=server.ca_file):
        words = ["--ca-file", ca_file] if ca_file else []
        probes.append(Probe(url, str(tmp_path / "cache.json"), *words, *options))
        return probes[-1]

    yield start_probe
    for probe in probes:
        if not probe.child.stdin.closed:
            probe.stop()
        probe.child.stdout.close()


def test_first_fetch(server, start, tmp_path):
    probe = start()
    probe.event("version=2026110100 networks=2")
    assert probe.contains("40.93.255.255")
    assert probe.contains("IPv6:2a01:111:f400::7")
    assert not probe.contains("40.94.0.0")
    assert not probe.contains("13.107.6.152"), "a row without TCP port 25"
    assert not probe.contains("20.20.32.1"), "another service area"
    (version, query), = server.asked("version")
    assert version == "/version/Worldwide"
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
                        query["ClientRequestId"])
    (path, parameters), = server.asked("endpoints")
    assert path == "/endpoints/Worldwide" and parameters["ServiceAreas"] == "Exchange"
    assert parameters["ClientRequestId"] == query["ClientRequestId"]
    assert json.loads((tmp_path / "cache.json").read_text())["version"] == "2026110100"
    assert [name for name in os.listdir(tmp_path)] == ["cache.json"], "nothing temporary is left"


def test_hourly_by_itself(server, start):
    probe = start()
    probe.event("version=2026110100")
    time.sleep(1)
    assert len(server.requests) == 2


def test_fetched_only_when_the_version_rises(server, start):
    probe = start("--interval", "0.1")
    probe.event("version=2026110100")
    before = len(server.asked("version"))
    deadline = time.monotonic() + 20
    while len(server.asked("version")) < before + 5 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(server.asked("version")) >= before + 5 and len(server.asked("endpoints")) == 1
    server.networks = ["52.100.0.0/14"]
    server.version = "2026120100"
    probe.event("version=2026120100 networks=1")
    assert probe.contains("52.100.0.1") and not probe.contains("40.92.0.1")
    server.networks = ["40.92.0.0/15"]
    server.version = "2026110100"  # an older one
    time.sleep(0.5)
    assert probe.version() == "2026120100" and len(server.asked("endpoints")) == 2


def test_cache_after_restart(server, start):
    first = start()
    first.event("version=2026110100")
    first.stop()
    server.requests.clear()
    second = start()
    assert second.version() == "2026110100" and second.contains("40.92.0.1")
    time.sleep(0.5)
    assert not server.requests, "it was asked less than an hour ago"


def test_old_cache_after_restart(server, start, tmp_path):
    start().event("version=2026110100")
    os.utime(tmp_path / "cache.json", (1, 1))
    server.version = "2026120100"
    second = start()
    assert second.contains("40.92.0.1")
    second.event("version=2026120100")


def test_cache_of_the_future_is_asked_for_at_once(server, start, tmp_path):
    start().event("version=2026110100")
    os.utime(tmp_path / "cache.json", (2 ** 33, 2 ** 33))
    server.version = "2026120100"
    start().event("version=2026120100")


BAD_CACHES = {
    "empty": "",
    "garbage": "garbage",
    "no-rows": "[]",
    "cut": '{"version":"2026990100"',
    "huge": "x" * (5 << 20),
    "other-instance": '{"version":"2026990100","instance":"China","networks":["40.92.0.0/15"]}',
    "everybody": '{"version":"2026990100","instance":"Worldwide","networks":["0.0.0.0/0"]}',
}


@pytest.mark.parametrize("name", BAD_CACHES)
def test_cache_that_cannot_be_used(server, start, tmp_path, name):
    (tmp_path / "cache.json").write_text(BAD_CACHES[name])
    probe = start()
    probe.event("cache not used")
    probe.event("version=2026110100 networks=2")


def test_cache_that_cannot_be_written(server, start, tmp_path):
    (tmp_path / "cache.json").mkdir()
    probe = start()
    probe.event("cache not written")
    probe.event("version=2026110100 networks=2")
    assert probe.contains("40.92.0.1")


def status(number, **headers):
    return lambda handler: handler.give("no", number, **headers)


def text(octets, **headers):
    return lambda handler: handler.give(octets, **headers)


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"[" * 65536)
    except OSError:
        pass


def cut_short(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(b'[{"id":10,')
    handler.close_connection = True


def bomb(handler):
    handler.give(gzip.compress(b" " * (64 << 20)), Content_Encoding="gzip")


BAD_DAYS = [
    ("status-429", status(429), "HTTP status 429"),
    ("status-500", status(500), "HTTP status 500"),
    ("status-404", status(404), "HTTP status 404"),
    ("redirection", status(302, Location="https://localhost/"), "HTTP status 302"),
    ("empty", text(""), "no JSON"),
    ("garbage", text("<html>"), "no JSON"),
    ("no-rows", text("[]"), "not a list"),
    ("everybody", text('[{"serviceArea":"Exchange","tcpPorts":"25","ips":["0.0.0.0/0"]}]'), "not a list"),
    ("endless", endless, "too large"),
    ("huge", text(b" " * (8 << 20)), "too large"),
    ("cut-short", cut_short, "not renewed"),
    ("bomb", bomb, "not renewed"),
]


@pytest.mark.parametrize("what", ["version", "endpoints"])
@pytest.mark.parametrize("day,behaviour,reason", BAD_DAYS, ids=[day for day, _, _ in BAD_DAYS])
def test_bad_answer_keeps_the_list(server, start, tmp_path, day, behaviour, reason, what):
    start().event("version=2026110100")
    os.utime(tmp_path / "cache.json", (1, 1))
    before = (tmp_path / "cache.json").read_text()
    server.version, server.networks = "2026120100", ["52.100.0.0/14"]
    server.behave = {what: behaviour}
    probe = start()
    if what == "version" and reason == "not a list":
        reason = "not a list of addresses: no version"
    assert "version in force: 2026110100" in probe.event(reason)
    assert probe.contains("40.92.0.1") and not probe.contains("52.100.0.1")
    assert (tmp_path / "cache.json").read_text() == before
    time.sleep(0.3)
    assert len(server.asked(what)) == 2, "what was answered is not asked for again within the hour"


def test_recovery_is_reported_once(server, start):
    server.behave = {"version": status(503)}
    probe = start("--interval", "0.1")
    probe.event("not renewed")
    time.sleep(0.5)
    server.behave = {}
    probe.event("answers again")
    assert len([line for line in probe.events if "not renewed" in line]) == 1


def test_nobody_listens_then_somebody_does(start, server, tmp_path):
    """What no server heard is asked again before the hour is over."""
    port = free_port()
    late = None
    certificates.make(str(tmp_path / "late"), "localhost")
    probe = start("--retry", "0.1", url="https://localhost:%d" % port, ca_file=str(tmp_path / "late" / "ca.pem"))
    try:
        assert "version in force: none" in probe.event("not renewed")
        assert not probe.contains("40.92.0.1") and probe.version() == ""
        late = EndpointsServer(str(tmp_path / "late"), port=port, make=False)
        probe.event("version=2026110100")
        probe.event("answers again")
        assert probe.contains("40.92.0.1")
    finally:
        if late:
            late.close()


def test_certificate_of_nobody_the_system_knows(server, start):
    probe = start(ca_file=None)
    probe.event("SSL certificate problem")
    assert not server.requests and probe.version() == ""


def test_foreign_certificate(server, start, tmp_path):
    foreign = EndpointsServer(str(tmp_path / "foreign"))
    other_name = EndpointsServer(str(tmp_path / "other"), name="example.net")
    try:
        start(url=foreign.url).event("SSL certificate problem")
        start(url=other_name.url, ca_file=other_name.ca_file).event("subject name")
        assert not foreign.requests and not other_name.requests
    finally:
        foreign.close()
        other_name.close()


def test_plain_http_is_not_spoken(server, start):
    start(url=server.url.replace("https", "http")).event("not renewed")


def test_stop_does_not_wait_for_a_silent_server(start):
    silent = SilentServer()
    try:
        probe = start(url="https://localhost:%d" % silent.port)
        deadline = time.monotonic() + 10
        while not silent.accepted and time.monotonic() < deadline:
            time.sleep(0.01)
        assert silent.accepted and probe.stop() < 1
    finally:
        silent.close()


def test_stop_does_not_wait_for_a_slow_answer(server, start):
    reached = threading.Event()

    def slowly(handler):
        handler.send_response(200)
        handler.end_headers()
        reached.set()
        try:
            for _ in range(300):
                handler.wfile.write(b" ")
                time.sleep(0.1)
        except OSError:
            pass

    server.behave = {"version": slowly}
    probe = start()
    assert reached.wait(10)
    assert probe.stop() < 1
    assert not [line for line in probe.events if "not renewed" in line]


def test_stop_while_waiting(server, start):
    probe = start()
    probe.event("version=2026110100")
    assert probe.stop() < 1
