# SPDX-License-Identifier: BSD-2-Clause
"""The control socket: what it answers, to whom, and that nobody who writes to it disturbs mail"""
import grp
import http.client
import json
import os
import random
import stat
import subprocess
import threading

import pytest

from servers import company, control, mail, rollcalld
from servers.company import address
from servers.process import wait_for

GROUP = "mail"  # Debian has it
STRANGER = 61234


@pytest.fixture
def daemon(workshop, company_ldif):
    return workshop.daemon(rollcalld.from_ldif(company_ldif))


def rollcall(daemon, *arguments, **options):
    return rollcalld.command("--config", daemon.config, *arguments, **options)


def run_as(user, group, *command):
    """(exit status, standard output, standard error) of somebody else's command."""
    done = subprocess.run(["setpriv", "--reuid", str(user), "--regid", str(group), "--clear-groups", "--", *command],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
                          env={**os.environ, **rollcalld.ENVIRONMENT})
    return done.returncode, done.stdout, done.stderr


def curl(daemon, *arguments):
    return ["curl", "-sS", "--unix-socket", daemon.control, *arguments]


def expect_end(client):
    """Reads until the daemon ends the connection; returns what it said."""
    said = b""
    try:
        while piece := client.recv(65536):
            said += piece
    except ConnectionResetError:
        pass
    client.close()
    return said


# ---- what is answered ----


def test_status(daemon):
    status = control.get(daemon, "/v1/status")
    assert status["pid"] == daemon.process.pid
    assert status["configuration"] == daemon.config
    assert (status["generation"], status["mode"], status["waiting"]) == (1, "expand", 0)
    assert status["directory"]["kind"] == "ldif" and status["reload_error"] is None
    assert control.get(daemon, "/v1/mirror") == status["directory"]


def test_status_by_curl(daemon):
    done = subprocess.run(curl(daemon, "http://rollcalld/v1/status"), stdout=subprocess.PIPE, timeout=60, check=True)
    assert json.loads(done.stdout)["pid"] == daemon.process.pid
    head = subprocess.run(curl(daemon, "-I", "http://rollcalld/v1/status"), stdout=subprocess.PIPE, text=True, timeout=60,
                          check=True).stdout
    assert head.startswith("HTTP/1.1 200") and "{" not in head


@pytest.mark.parametrize("method,path,body,wanted", [
    ("GET", "/", None, 404),
    ("GET", "/v1/status/", None, 404),
    ("GET", "/v1%2Fstatus", None, 404),
    ("POST", "/v1/status", None, 405),
    ("GET", "/v1/reload", None, 405),
    ("BREW", "/v1/status", None, 405),
    ("GET", "/v1/status?a=%ff", None, 400),
    ("GET", "/v1/status?a=%00", None, 400),
    ("GET", "/v1/status?a=b&c&%61=d", None, 200),
    ("POST", "/v1/reload", b"[]", 400),
    ("POST", "/v1/reload", b"{", 400),
    ("POST", "/v1/reload", b" " * 70000, 413),
    ("POST", "/v1/reload", {}, 200),
    ("POST", "/v1/mirror/rebuild", None, 409),
    ("POST", "/v1/mirror/verify", None, 409),
])
def test_answers(daemon, method, path, body, wanted):
    status, answer = control.ask(daemon, method, path, body)
    assert status == wanted and (("error" in answer) == (wanted != 200)), answer


def test_command(daemon):
    shown = rollcall(daemon, "status").stdout
    assert "pid %d," % daemon.process.pid in shown and "directory      ldif, live\n" in shown
    assert json.loads(rollcall(daemon, "status", "--json").stdout)["pid"] == daemon.process.pid
    assert rollcall(daemon, "mirror", "status").stdout == "directory  ldif, live\n"
    assert "keeps nothing" in rollcall(daemon, "mirror", "rebuild", status=1).stderr
    assert rollcall(daemon, "mirror", "verify", status=1).stdout == ""
    assert "expected status" in rollcall(daemon, "mirror", "again", status=64).stderr


def test_no_daemon(daemon):
    daemon.stop()
    assert not os.path.exists(daemon.control)
    done = rollcall(daemon, "status", status=69)
    assert done.stdout == "" and "no daemon is running" in done.stderr
    daemon.start()


def test_nobody_is_asked(workshop, company_ldif):
    daemon = workshop.daemon(rollcalld.from_ldif(company_ldif), sections={"control": {"socket": ""}})
    assert not os.path.exists(daemon.control)
    assert "is empty" in rollcall(daemon, "status", status=69).stderr


# ---- reload ----


def test_reload(daemon):
    daemon.configure(mode="observe")
    assert "generation 2 " in rollcall(daemon, "reload").stdout
    assert control.get(daemon, "/v1/status")["mode"] == "observe"
    assert daemon.grep(r"control: POST /v1/reload: pid=\d+ status=200")

    daemon.configure(mode="obsrve")
    status, answer = control.ask(daemon, "POST", "/v1/reload")
    assert status == 409 and "[milter] mode: got 'obsrve'" in answer["error"]
    assert "obsrve" in rollcall(daemon, "reload", status=1).stderr
    assert control.get(daemon, "/v1/status")["generation"] == 2
    shown = rollcall(daemon, "status", status=1).stdout
    assert "observe" in shown and "not reloaded" in shown

    daemon.configure(mode="expand")
    rollcall(daemon, "reload")
    assert control.get(daemon, "/v1/status")["reload_error"] is None


def test_reload_by_signal_is_told(daemon):
    daemon.configure(mode="obsrve")
    daemon.reload()
    wait_for(lambda: control.get(daemon, "/v1/status")["reload_error"], "the failure of the reload")


def test_reloads_under_load(workshop, company_ldif):
    """Each answer says that a configuration written before is in force; mail goes on meanwhile."""
    relay = workshop.relay(rollcalld.from_ldif(company_ldif))
    failures, stopping = [], threading.Event()

    def reload_again():
        while not stopping.is_set():
            status, answer = control.ask(relay.daemon, "POST", "/v1/reload")
            if status != 200:
                failures.append(answer)

    threads = [threading.Thread(target=reload_again) for _ in range(3)]
    for thread in threads:
        thread.start()
    sent = [mail.send(relay.port, address("static")) for _ in range(10)]
    stopping.set()
    for thread in threads:
        thread.join(60)
    assert failures == [] and all(one.accepted for one in sent)
    assert relay.mta.delivered(sent[-1]) == company.expected()["static"]


@pytest.fixture
def held(workshop, company_ldif, new_folder):
    """A relay, and a function that lets the reload go on that waits for its directory: the file is a FIFO."""
    relay = workshop.relay(rollcalld.from_ldif(company_ldif))
    fifo = new_folder("fifo") + "/company.ldif"
    os.mkfifo(fifo)
    relay.daemon.directory = rollcalld.from_ldif(fifo)
    relay.daemon.configure()

    def let_go():
        with open(company_ldif, "rb") as whole, open(fifo, "wb") as out:
            out.write(whole.read())
    return relay, let_go


def test_answer_that_takes_long(held):
    """Nobody else waits for it."""
    relay, let_go = held
    answers = []
    asking = threading.Thread(target=lambda: answers.append(control.ask(relay.daemon, "POST", "/v1/reload")))
    asking.start()
    for _ in range(5):
        assert control.get(relay.daemon, "/v1/status")["generation"] == 1
        assert mail.send(relay.port, address("static")).accepted
    assert answers == []
    let_go()
    asking.join(60)
    assert answers == [(200, {"generation": 2})]


def test_stopped_while_somebody_waits(held):
    relay, _ = held
    client = control.connect(relay.daemon.control)
    client.sendall(b"POST /v1/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    relay.daemon.stop()
    assert expect_end(client) == b""


# ---- who may ----


def test_who_may(workshop, company_ldif, new_folder):
    """Reading is for the socket's group, changing for root, whoever the daemon itself is."""
    place = new_folder("state")
    os.chmod(place, 0o777)
    group = grp.getgrnam(GROUP).gr_gid
    daemon = workshop.daemon(rollcalld.from_ldif(company_ldif), user="nobody", key_file=place + "/key",
                             lock_file=place + "/lock", sections={"control": {"socket-group": GROUP}})
    found = os.stat(daemon.control)
    assert stat.S_IMODE(found.st_mode) == 0o660 and found.st_gid == group and found.st_uid != 0
    read = curl(daemon, "http://rollcalld/v1/status")
    change = curl(daemon, "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", "http://rollcalld/v1/reload")

    status, text, _ = run_as(STRANGER, group, *read)
    assert status == 0 and json.loads(text)["pid"] == daemon.process.pid
    assert run_as(STRANGER, group, *change)[:2] == (0, "403")
    assert run_as(found.st_uid, STRANGER, *change)[:2] == (0, "403")
    assert control.get(daemon, "/v1/status")["generation"] == 1
    assert run_as(STRANGER, STRANGER, *read)[0] == 7  # curl: could not connect
    assert control.ask(daemon, "POST", "/v1/reload")[0] == 200

    status, _, said = run_as(STRANGER, STRANGER, rollcalld.COMMAND, "--config", daemon.config, "status")
    assert status == 77 and "permission denied" in said
    status, _, said = run_as(STRANGER, group, rollcalld.COMMAND, "--config", daemon.config, "reload")
    assert status == 77 and "only root" in said


# ---- the socket's file ----


def test_socket_of_a_former_run(daemon):
    daemon.kill()
    assert os.path.exists(daemon.control)
    daemon.start()
    assert control.get(daemon, "/v1/status")["pid"] == daemon.process.pid


def test_no_socket_in_its_place(company_ldif, new_folder):
    place = new_folder("state") + "/precious"
    with open(place, "w", encoding="ascii") as precious:
        precious.write("precious")
    daemon = rollcalld.Rollcalld(new_folder("rc"), rollcalld.from_ldif(company_ldif),
                                 sections={"control": {"socket": place}})
    done = subprocess.run([rollcalld.DAEMON, "-f", "-c", daemon.config], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=20, text=True, check=False)
    assert done.returncode != 0 and "there is a file that is no socket" in done.stdout
    with open(place, encoding="ascii") as precious:
        assert precious.read() == "precious"


def test_socket_of_somebody_else(daemon, company_ldif, new_folder):
    """A daemon with a lock of its own takes no other's socket away."""
    other = rollcalld.Rollcalld(new_folder("rc"), rollcalld.from_ldif(company_ldif),
                                sections={"control": {"socket": daemon.control}})
    done = subprocess.run([rollcalld.DAEMON, "-f", "-c", other.config], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=20, text=True, check=False)
    assert done.returncode != 0 and "another program listens there" in done.stdout
    assert control.get(daemon, "/v1/status")["pid"] == daemon.process.pid


# ---- who means no good ----


def garbage(dice):
    kind = dice.randrange(4)
    if kind == 0:
        return dice.randbytes(dice.randrange(1, 4096))
    if kind == 1:
        return b"GET /" + dice.randbytes(dice.randrange(200)).replace(b"\n", b"") + b" HTTP/1.1\r\n\r\n"
    if kind == 2:
        return b"POST /v1/reload HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n{" % dice.choice((-1, 0, 5, 2**62, 2**70))
    request = bytearray(b"POST /v1/reload?a=b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
    for _ in range(dice.randrange(1, 6)):
        request[dice.randrange(len(request))] = dice.randrange(256)
    return bytes(request)


def test_garbage(workshop, company_ldif):
    relay = workshop.relay(rollcalld.from_ldif(company_ldif))
    dice = random.Random(4)
    for _ in range(300):
        client = control.connect(relay.daemon.control)
        try:
            client.sendall(garbage(dice))
            client.shutdown(1)
        except (BrokenPipeError, OSError):
            pass
        expect_end(client)
    assert mail.send(relay.port, address("static")).accepted
    assert control.get(relay.daemon, "/v1/status")["pid"] == relay.daemon.process.pid


def test_too_much(daemon):
    for request in (b"GET /v1/status HTTP/1.1\r\n" + b"X: " + b"y" * 100000 + b"\r\n\r\n",
                    b"GET /v1/status HTTP/1.1\r\n" + b"X: y\r\n" * 20000 + b"\r\n",
                    b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n"):
        client = control.connect(daemon.control)
        try:
            client.sendall(request)
        except OSError:
            pass
        assert b" 200 " not in expect_end(client)
    assert control.get(daemon, "/v1/status")["waiting"] == 0


def test_crowd(workshop, company_ldif):
    """Many who say nothing, or a part: mail goes on, and when they have gone the daemon answers again."""
    relay = workshop.relay(rollcalld.from_ldif(company_ldif))
    crowd = []
    for number in range(200):
        try:
            crowd.append(control.connect(relay.daemon.control, timeout=5))
            crowd[-1].sendall(b"GET /v1/sta"[:number % 11])
        except OSError:
            pass
    assert mail.send(relay.port, address("static")).accepted
    for one in crowd:
        one.close()

    def answers():
        try:
            return control.get(relay.daemon, "/v1/status")
        except (OSError, http.client.HTTPException):
            return None
    wait_for(answers, "an answer after the crowd")
    # the daemon does not wait for these at its end
    relay.daemon.lingering = [control.connect(relay.daemon.control) for _ in range(5)]
