# SPDX-License-Identifier: BSD-2-Clause
"""The daemon as a process: killed, stopped, reloaded, crowded; no message is lost, doubled or delivered in part"""
import os
import subprocess
import threading
import time

import pytest

from servers import company, mail, rollcalld
from servers.company import address
from servers.process import Failure, wait_for

CROWD = 10000
HUNDRED = sorted(address("u%05d" % number) for number in range(CROWD) if number % 100 == 7)


def relay_to(workshop, company_ldif, **more):
    return workshop.relay(rollcalld.from_ldif(company_ldif), **more)


class Load:
    """Sends to a group from several threads until stopped; remembers every transaction."""

    def __init__(self, port, recipients, threads=4):
        self.port, self.recipients = port, recipients
        self.sent, self.broken = [], []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._send) for _ in range(threads)]
        for thread in self.threads:
            thread.start()

    def _send(self):
        while not self.stopping.is_set():
            identity = mail.new_message_id()
            try:
                self.sent.append(mail.send(self.port, self.recipients, message_id=identity))
            except OSError as failure:
                self.broken.append((identity, failure))

    def wait_sent(self, count, seconds=60):
        wait_for(lambda: len(self.accepted()) >= count, lambda: "%d messages: %d" % (count, len(self.sent)), seconds)

    def accepted(self):
        return [one for one in list(self.sent) if one.accepted]

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in self.threads)

    def check(self, relay, wanted):
        """Accepted: everybody once. Not accepted: nobody. Postfix itself never failed."""
        self.stop()
        assert self.broken == []
        relay.mta.wait_idle(120)
        for one in self.sent:
            got = relay.mta.sink.recipients(one.message_id)
            assert got == (wanted if one.accepted else []), (one.replies, one.final, len(got))
            if not one.accepted:
                codes = [code for code, _ in one.replies.values()] + ([one.final[0]] if one.final else [])
                assert any(400 <= code < 500 for code in codes) and not any(code >= 500 for code in codes), codes


def kill_while_edits_flow(relay):
    """Sends to ten thousand, and kills the daemon meanwhile. The queue file grows with each addition."""
    queue, over = relay.mta.folder + "/spool/incoming", threading.Event()

    def edits_flow():
        for folder, _, names in os.walk(queue):
            for name in names:
                try:
                    if os.path.getsize(os.path.join(folder, name)) > 50000:
                        return True
                except FileNotFoundError:
                    pass
        return over.is_set()

    def kill():
        wait_for(edits_flow, "additions", 60, 0.001)
        relay.daemon.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    sent = mail.send(relay.port, [address("crowd"), "x@elsewhere.example"])
    over.set()
    killer.join()
    return sent


def test_killed_during_the_edits(workshop, company_ldif):
    """SIGKILL while ten thousand additions stream: the client is told to come again, nobody gets anything; then,
    everybody once."""
    relay = relay_to(workshop, company_ldif)
    everybody = sorted([*company.crowd_routes(CROWD), "x@elsewhere.example"])
    sent = kill_while_edits_flow(relay)
    for _ in range(5):
        if not sent.accepted:
            break
        # the last addition had been made before the signal came
        assert relay.mta.delivered(sent, 120) == everybody
        relay.daemon.start()
        sent = kill_while_edits_flow(relay)
    assert sent.final[0] == 451, sent.final
    assert relay.mta.delivered(sent) == []
    assert relay.mta.queued("deferred", "hold") == []

    relay.daemon.start()
    again = mail.send(relay.port, [address("crowd"), "x@elsewhere.example"])
    assert again.accepted
    assert relay.mta.delivered(again, 120) == everybody


def test_killed_under_load(workshop, company_ldif):
    relay = relay_to(workshop, company_ldif)
    load = Load(relay.port, address("hundred"))
    try:
        for round_number in range(1, 4):
            load.wait_sent(8 * round_number)
            relay.daemon.kill()
            relay.daemon.start()
    finally:
        load.stop()
    load.check(relay, HUNDRED)


def test_stopped_under_load(workshop, company_ldif):
    """SIGTERM loses nothing, and the daemon ends by itself."""
    relay = relay_to(workshop, company_ldif)
    load = Load(relay.port, address("hundred"))
    try:
        load.wait_sent(10)
        relay.daemon.stop()
        relay.daemon.start()
        load.wait_sent(20)
    finally:
        load.stop()
    load.check(relay, HUNDRED)


def test_stop_waits_for_the_message_under_way(workshop, company_ldif):
    """SIGTERM in the middle of ten thousand edits: the message is finished first."""
    relay = relay_to(workshop, company_ldif)
    stopper = threading.Thread(target=relay.daemon.stop)
    with relay.daemon.driver() as driver:
        driver.open()
        driver.mail("ann@example.net")
        assert driver.rcpt("<%s>" % address("crowd")).name == "continue"
        driver.data()
        driver.end_of_headers()
        driver.macros("eom", {"i": "4bQx1L2pzSz"})
        driver.write("E")
        first = driver.parse(*driver.read())
        stopper.start()
        time.sleep(0.2)  # the edits fill the socket's buffer and stand still: the stop falls into the middle
        names = [first.name]
        while names[-1] not in ("continue", "accept", "tempfail", "reject"):
            names.append(driver.parse(*driver.read()).name)
        assert names.count("addrcpt") == CROWD and names[-1] in ("continue", "accept")
    stopper.join(30)
    assert not stopper.is_alive()


def test_idle_sessions_do_not_hold_up_the_end(workshop, company_ldif):
    relay = relay_to(workshop, company_ldif)
    with mail.connect(relay.port) as session:
        session.ehlo()
        began = time.monotonic()
        relay.daemon.stop()
        assert time.monotonic() - began < 15


def test_reload_under_load(workshop, company_ldif):
    """Each message sees one configuration from begin to end, and none sees a gap."""
    relay = relay_to(workshop, company_ldif)
    load = Load(relay.port, address("hundred"))
    try:
        for generation in range(10):
            relay.daemon.configure(max_sendmail_members=1000 + generation)
            relay.daemon.reload()
            load.wait_sent(3 * (generation + 1))
    finally:
        load.stop()
    assert all(one.accepted for one in load.sent), [one.replies for one in load.sent if not one.accepted][:3]
    load.check(relay, HUNDRED)


def test_reload_takes_effect(workshop, company_ldif):
    relay = relay_to(workshop, company_ldif)
    assert mail.send(relay.port, address("nobody")).reply(address("nobody"))[0] == 550
    relay.daemon.configure(empty_group="accept")
    relay.daemon.reload()
    wait_for(lambda: mail.send(relay.port, address("nobody")).accepted, "the new configuration", 10, 0.1)


def test_reload_in_the_middle_of_a_message(workshop, company_ldif):
    """What was promised at RCPT is kept, though the new configuration would not have."""
    relay = relay_to(workshop, company_ldif)

    def reload_to_other_domains():
        relay.daemon.configure(domains="other.example")
        relay.daemon.reload()
        relay.daemon.wait_log("reload")

    sent = mail.send(relay.port, address("static"), before_dot=reload_to_other_domains)
    assert relay.mta.delivered(sent) == company.expected()["static"]
    sent = wait_for(lambda: (lambda one: relay.mta.delivered(one) == [address("static")] and one)(
        mail.send(relay.port, address("static"))), "the new configuration", 10, 0.1)
    assert sent.accepted


@pytest.mark.parametrize("change,words", [
    ({"no-such-key": "1"}, ["no-such-key"]),
    ({"mode": "expnad"}, ["mode"]),
    ({"trusted-networks": "300.1.2.3/8"}, ["trusted-networks"]),
])
def test_bad_reload_changes_nothing(workshop, company_ldif, change, words):
    relay = relay_to(workshop, company_ldif)
    relay.daemon.configure(**change)
    relay.daemon.reload()
    line = relay.daemon.wait_log("not reloaded")
    for word in [os.path.basename(relay.daemon.config), "line", *words]:
        assert word in line
    sent = mail.send(relay.port, address("static"))
    assert relay.mta.delivered(sent) == company.expected()["static"]


def test_reload_with_a_broken_directory_file(workshop, new_folder, company_ldif):
    path = new_folder("ldif") + "/company.ldif"
    with open(company_ldif, encoding="utf-8") as source, open(path, "w", encoding="utf-8") as out:
        out.write(source.read())
    relay = relay_to(workshop, path)
    with open(path, "w", encoding="utf-8") as out:
        out.write("dn: CN=x,DC=example,DC=test\nobjectClass user\n")
    relay.daemon.reload()
    assert "line 2" in relay.daemon.wait_log("not reloaded")
    sent = mail.send(relay.port, address("static"))
    assert relay.mta.delivered(sent) == company.expected()["static"]


def test_two_hundred_sessions(workshop, company_ldif, slapd):
    """All at once at the same point of the message; from the live directory, whose pool is four connections."""
    relay = workshop.relay(rollcalld.from_slapd(slapd))
    sessions = 200
    barrier = threading.Barrier(sessions, timeout=60)
    sent, failures = [], []

    def one_session(number):
        try:
            with mail.connect(relay.port) as session:
                barrier.wait()
                group = ("static", "sales", "berlin")[number % 3]
                sent.append((group, mail.send(relay.port, address(group), session=session, before_dot=barrier.wait)))
        except Exception as failure:  # a thread's exception would go unseen
            failures.append(failure)
            barrier.abort()

    threads = [threading.Thread(target=one_session, args=(number,)) for number in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    relay.mta.wait_idle(120)
    wanted = company.expected()
    for group, one in sent:
        assert one.accepted and relay.mta.sink.recipients(one.message_id) == wanted[group], (group, one.replies)


def test_over_tcp(workshop, company_ldif):
    """The same over a TCP socket, without the 40 ms that Nagle's algorithm and delayed acknowledgements cost."""
    relay = relay_to(workshop, company_ldif, tcp=True)
    began = time.monotonic()
    sent = [mail.send(relay.port, [address("static"), "x@elsewhere.example"]) for _ in range(10)]
    elapsed = time.monotonic() - began
    for one in sent:
        assert relay.mta.delivered(one) == sorted([*company.expected()["static"], "x@elsewhere.example"])
    assert elapsed < 10 * 1.0
    load = Load(relay.port, address("hundred"), threads=8)
    load.wait_sent(30)
    load.check(relay, HUNDRED)


def test_socket_mode_and_leftover_socket(workshop, company_ldif):
    """A socket left behind by a killed daemon is in nobody's way."""
    relay = relay_to(workshop, company_ldif, socket_group="postfix")
    mode = os.stat(relay.daemon.socket).st_mode & 0o777
    assert mode == 0o660
    relay.daemon.kill()
    assert os.path.exists(relay.daemon.socket)
    relay.daemon.start()
    assert mail.send(relay.port, address("static")).accepted


def test_unprivileged(workshop, company_ldif, new_folder):
    """The daemon becomes somebody else once its socket is bound."""
    folder = new_folder("state")
    os.chmod(folder, 0o777)
    relay = relay_to(workshop, company_ldif, user="nobody", key_file=folder + "/key", lock_file=folder + "/lock")
    with open("/proc/%d/status" % relay.daemon.process.pid, encoding="ascii") as status:
        user_line = [line for line in status if line.startswith("Uid:")][0]
    assert "0" not in user_line.split()[1:]
    sent = mail.send(relay.port, address("static"))
    assert relay.mta.delivered(sent) == company.expected()["static"]


def test_one_instance(workshop, company_ldif):
    relay = relay_to(workshop, company_ldif)
    second = subprocess.run([rollcalld.DAEMON, "-f", "-c", relay.daemon.config], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, timeout=20, text=True, check=False)
    assert second.returncode != 0 and "lock" in second.stdout
    assert mail.send(relay.port, address("static")).accepted


def test_bad_configuration_refuses_to_start(workshop, company_ldif):
    relay = relay_to(workshop, company_ldif)
    relay.daemon.kill()
    relay.daemon.configure(domians="example.test")
    with pytest.raises(Failure, match="domians"):
        relay.daemon.start()
    check = subprocess.run([rollcalld.DAEMON, "-t", "-c", relay.daemon.config], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, timeout=20, text=True, check=False)
    assert check.returncode != 0 and "domians" in check.stdout and "line" in check.stdout
    relay.daemon.configure(domians=None)
    check = subprocess.run([rollcalld.DAEMON, "-t", "-c", relay.daemon.config], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, timeout=20, text=True, check=False)
    assert check.returncode == 0, check.stdout
    relay.daemon.start()


def test_default_action_defers(mta, workshop, company_ldif):
    """With the milter's own default_action nothing passes unexpanded while rollcalld is down."""
    relay = relay_to(workshop, company_ldif)
    relay.daemon.kill()
    port = mta.listen(relay.milters, milter_default_action="accept")
    sent = mail.send(port, address("static"))
    assert sent.final[0] == 451 or sent.reply(address("static"))[0] == 451
