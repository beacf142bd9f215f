# SPDX-License-Identifier: BSD-2-Clause
"""The guard: a group that has changed much since its last message, an approval, and the history of it all

Each test has a group of its own, in a directory that is a file (changed by a reload), or slapd, live or mirrored.
"""
import json
import os
import re
import stat
import threading

import pytest

from servers import company, control, ldif, mail, rollcalld, slapd as slapd_server
from servers.company import address, group_dn, person_dn, route
from servers.process import wait_for

SPLIT = "split-guard.rollcall.invalid"
FEW, MANY = (1, 2, 3), (1, 2, 3, 4, 5, 6, 8)
NAMES = ["first", "grow", "shrink", "once", "until", "two", "told", "past", "held", "refused", "exempt", "limited",
         "forgotten", "emptied", "shared", "observed", "kept", "quiet"]
QUIET = {"oOFReplyToOriginator": ["FALSE"], "reportToOriginator": ["TRUE"]}  # needs a message of its own
GUARD = {"max-change-percent": "50", "max-change-count": "1"}
OWN = {address("held"): {"guard-action": "hold"}, address("refused"): {"guard-action": "refuse"},
       address("exempt"): {"max-change-percent": "0"}, address("limited"): {"max-members": "3"}}


def team(name, numbers):
    return company.group(name, *map(person_dn, numbers), **(QUIET if name == "quiet" else {}))


def routes(numbers):
    return sorted(route(number) for number in numbers)


class File:
    """An LDIF file; the daemon reads it at a reload."""

    def __init__(self, folder):
        self.path = folder + "/guard.ldif"
        self.members = {name: FEW for name in NAMES}
        self.relay = None
        self.write()

    def write(self):
        groups = [team(name, numbers) for name, numbers in self.members.items()]
        with open(self.path, "w", encoding="utf-8") as out:
            out.write(ldif.text([ldif.TOP, *ldif.exported([*company.people(), *groups])]))

    def settings(self):
        return rollcalld.from_ldif(self.path)

    def change(self, name, numbers):
        self.members[name] = numbers
        self.write()
        rollcall(self.relay, "reload")


class Server:
    """A slapd, asked live."""

    def __init__(self, slapd):
        self.slapd, self.relay = slapd, None

    def settings(self):
        return rollcalld.from_slapd(self.slapd)

    def change(self, name, numbers):
        self.slapd.replace(group_dn(name), member=[person_dn(number) for number in numbers] or [""])


class Mirror(Server):
    """The same, mirrored: a change counts when the mirror has it."""

    def __init__(self, slapd, folder):
        super().__init__(slapd)
        self.folder = folder

    def settings(self):
        return rollcalld.from_slapd(self.slapd, mirror="yes", **{"mirror-file": self.folder + "/mirror.db"})

    def change(self, name, numbers):
        super().change(name, numbers)
        wait_for(lambda: rollcall(self.relay, "mirror", "verify", status=None).returncode == 0, "the change in the mirror")


@pytest.fixture(scope="module", params=["ldif", "slapd", "mirror"])
def place(request, new_folder, shared_workshop):
    if request.param == "ldif":
        made = File(new_folder("guard"))
    else:
        groups = [team(name, FEW) for name in NAMES]
        mirrored = request.param == "mirror"
        server = slapd_server.Slapd(new_folder("slapd"), [*company.people(), *groups],
                                    **({"sync": 1000} if mirrored else {})).start()
        request.addfinalizer(server.stop)
        made = Mirror(server, new_folder("mirror")) if mirrored else Server(server)
    made.relay = shared_workshop.relay(made.settings(), split_domain=SPLIT + request.param, groups=OWN,
                                       sections={"guard": GUARD})
    return made


def rollcall(relay, *arguments, **more):
    return rollcalld.command("--config", relay.daemon.config, *arguments, **more)


def post(place, *names, **more):
    return mail.send(place.relay.port, [address(name) for name in names], **more)


def deliver(place, name, numbers):
    """One message must reach exactly these."""
    sent = post(place, name)
    assert sent.accepted, (sent.replies, sent.final)
    assert place.relay.mta.delivered(sent) == routes(numbers)
    return sent


def test_the_first_message_has_nothing_to_compare_with(place):
    sent = deliver(place, "first", FEW)
    place.relay.daemon.wait_log(r"%s: guard: group=<first@example\.test> members=3 last=none action=none" % sent.queue_id)
    again = deliver(place, "first", FEW)
    place.relay.daemon.wait_log("%s: envelope: " % again.queue_id)
    assert not place.relay.daemon.grep("%s: guard: " % again.queue_id)
    place.change("first", (*FEW, 4))
    deliver(place, "first", (*FEW, 4))


@pytest.mark.parametrize("name,before,after,words", [
    ("grow", FEW, MANY, "members=7 last=3 joined=4 left=0 limit=1"),
    ("shrink", MANY, FEW, "members=3 last=7 joined=0 left=4 limit=3"),
])
def test_what_changed_much_waits(place, name, before, after, words):
    place.change(name, before)
    deliver(place, name, before)
    place.change(name, after)
    sent = post(place, name)
    code, text = sent.reply(address(name))
    assert code == 451 and text.startswith("4.7.1"), text
    place.relay.daemon.wait_log(r"guard: group=<%s@example\.test> %s action=defer" % (name, words))
    shown = rollcall(place.relay, "members", address(name), status=75)
    assert "guard: %s action=defer" % words in shown.stdout and "451 4.7.1" in shown.stderr
    place.change(name, before)
    deliver(place, name, before)


def test_approved_for_one_message(place):
    deliver(place, "once", FEW)
    place.change("once", MANY)
    assert post(place, "once").reply(address("once"))[0] == 451
    rollcall(place.relay, "approve", address("once"))
    assert address("once") in rollcall(place.relay, "approve", "--list").stdout
    sent = deliver(place, "once", MANY)
    place.relay.daemon.wait_log("%s: guard: group=<once@.*action=approved" % sent.queue_id)
    assert address("once") not in rollcall(place.relay, "approve", "--list").stdout
    deliver(place, "once", MANY)
    place.change("once", FEW)
    assert post(place, "once").reply(address("once"))[0] == 451


def test_approved_for_a_while_and_revoked(place):
    deliver(place, "until", FEW)
    rollcall(place.relay, "approve", address("until"), "--until", "2h")
    for numbers in (MANY, FEW, MANY):
        place.change("until", numbers)
        deliver(place, "until", numbers)
    rollcall(place.relay, "approve", "--revoke", address("until"))
    place.change("until", FEW)
    assert post(place, "until").reply(address("until"))[0] == 451
    rollcall(place.relay, "approve", "--revoke", address("until"), status=1)


def test_one_approval_is_not_for_two(place):
    """Both were let in at RCPT; the other one has nothing left, and nothing against it by then either if it comes after
    the first."""
    deliver(place, "two", FEW)
    place.change("two", MANY)
    rollcall(place.relay, "approve", address("two"), "--once")
    ready, results = threading.Barrier(2, timeout=60), []

    def one():
        results.append(post(place, "two", before_dot=ready.wait))
    senders = [threading.Thread(target=one) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    used = place.relay.daemon.grep(r"guard: group=<two@.*action=approved")
    accepted = [sent for sent in results if sent.accepted]
    # A message that comes when the other one's roster is the last has nothing to be approved for.
    assert len(accepted) >= 1 and len(used) == 1
    assert all(sent.final[0] in (250, 451) for sent in results)
    for sent in accepted:
        assert place.relay.mta.delivered(sent) == routes(MANY)


def test_history_and_diff(place):
    start = json.loads(rollcall(place.relay, "diff", address("told"), "--json", status=1).stdout or "{}")
    assert start == {}  # no message yet
    deliver(place, "told", FEW)
    place.change("told", (2, 3, 4))
    shown = rollcall(place.relay, "diff", address("told"), status=1).stdout
    assert "  + %s\n  - %s\n" % (route(4), route(1)) in shown
    deliver(place, "told", (2, 3, 4))
    assert rollcall(place.relay, "diff", address("told")).returncode == 0
    history = json.loads(rollcall(place.relay, "history", address("told"), "--json").stdout)
    [step] = history["differences"]
    assert (step["joined"], step["left"], history["members"]) == ([route(4)], [route(1)], 3)
    assert "1 joined, 1 left" in rollcall(place.relay, "history", address("told"), "--since", "1h").stdout
    earlier = json.loads(rollcall(place.relay, "diff", address("told"), "--since", history["known_since"], "--json",
                                  status=1).stdout)
    assert (earlier["joined"], earlier["left"]) == ([route(4)], [route(1)])
    later = json.loads(rollcall(place.relay, "history", address("told"), "--since", step["at"], "--json").stdout)
    assert later["differences"] == []
    rollcall(place.relay, "diff", address("told"), "--since", "2020-01-01", status=1)
    assert "expected a time" in rollcall(place.relay, "history", address("told"), "--since", "soon", status=1).stderr


def test_survives_a_restart(place):
    deliver(place, "past", FEW)
    place.change("past", MANY)
    rollcall(place.relay, "approve", address("past"))
    place.relay.daemon.stop()
    mode = os.stat(place.relay.daemon.folder + "/state.db").st_mode
    assert stat.S_IMODE(mode) == 0o600
    place.relay.daemon.start()
    assert address("past") in rollcall(place.relay, "approve", "--list").stdout
    deliver(place, "past", MANY)
    place.change("past", FEW)
    assert post(place, "past").reply(address("past"))[0] == 451


def test_held(place):
    """What is held is no message that went out: the next one is held too, until somebody approves it."""
    deliver(place, "held", FEW)
    place.change("held", MANY)
    others = set(place.relay.mta.held())  # of tests that share the MTA
    for _ in range(2):
        sent = post(place, "held")
        assert sent.accepted
        place.relay.daemon.wait_log(r"held: group=<held@example\.test> reason=max-change")
        assert place.relay.mta.delivered(sent) == []
        [name] = set(place.relay.mta.held()) - others
        place.relay.mta.release(name)
        assert place.relay.mta.delivered(sent) == routes(MANY)
    rollcall(place.relay, "approve", address("held"))
    deliver(place, "held", MANY)
    deliver(place, "held", MANY)


def test_refused(place):
    deliver(place, "refused", FEW)
    place.change("refused", MANY)
    code, text = post(place, "refused").reply(address("refused"))
    assert code == 550 and text.startswith("5.7.1"), text


def test_own_settings(place):
    deliver(place, "exempt", FEW)
    place.change("exempt", MANY)
    deliver(place, "exempt", MANY)


def test_past_max_members(place):
    deliver(place, "limited", FEW)
    place.change("limited", (*FEW, 4))
    code, text = post(place, "limited").reply(address("limited"))
    assert code == 550 and text.startswith("5.5.3"), text
    rollcall(place.relay, "approve", address("limited"))
    deliver(place, "limited", (*FEW, 4))
    assert post(place, "limited").reply(address("limited"))[0] == 550


def test_beside_others(place):
    """A group that is stopped costs the others nothing."""
    deliver(place, "shared", FEW)
    place.change("shared", MANY)
    sent = post(place, "shared", "exempt")
    assert sent.reply(address("shared"))[0] == 451 and sent.accepted
    assert set(place.relay.mta.delivered(sent)) >= set(routes(FEW))


def test_split_off(place):
    """What goes a way of its own is recorded there, once, and there its approval is used."""
    place.change("exempt", FEW)
    sent = post(place, "quiet", "exempt")
    assert sent.accepted and place.relay.mta.delivered(sent) == routes(FEW)
    place.relay.daemon.wait_log(r"split: group=<quiet@example\.test>")
    known = control.get(place.relay.daemon, "/v1/groups/%s/history" % address("quiet"))
    assert known["members"] == 3 and known["differences"] == []
    place.change("quiet", MANY)
    rollcall(place.relay, "approve", address("quiet"))
    sent = post(place, "quiet", "exempt")
    assert sent.accepted and place.relay.mta.delivered(sent) == routes(MANY)
    used = place.relay.daemon.grep(r"guard: group=<quiet@.*action=approved")
    assert len(used) == 1
    [step] = control.get(place.relay.daemon, "/v1/groups/%s/history" % address("quiet"))["differences"]
    assert len(step["joined"]) == 4


def test_nobody_left_waits_too(place):
    """A group that had members is not told to be empty before somebody has looked."""
    deliver(place, "emptied", FEW)
    place.change("emptied", ())
    code, text = post(place, "emptied").reply(address("emptied"))
    assert code == 451 and text.startswith("4.7.1"), text


def test_forgotten(place):
    deliver(place, "forgotten", (1, 2, 3))
    place.change("forgotten", (2, 3, 4))
    deliver(place, "forgotten", (2, 3, 4))
    assert "records" in rollcall(place.relay, "forget", route(1)).stdout
    [step] = control.get(place.relay.daemon, "/v1/groups/%s/history" % address("forgotten"))["differences"]
    assert (step["joined"], step["left"]) == ([route(4)], [])
    with open(place.relay.daemon.folder + "/state.db", "rb") as state:
        assert route(1).encode() not in state.read()
    rollcall(place.relay, "forget", "--group", address("forgotten"))
    rollcall(place.relay, "history", address("forgotten"), status=1)


def test_a_damaged_file_stops_nobody(place):
    deliver(place, "kept", FEW)
    place.relay.daemon.stop()
    path = place.relay.daemon.folder + "/state.db"
    with open(path, "r+b") as state:
        state.seek(4096)
        state.write(b"\x7f" * 4096)
    place.relay.daemon.start()
    place.relay.daemon.wait_log(r"error: state: .*state\.db\.damaged, and begun anew")
    place.change("kept", MANY)
    deliver(place, "kept", MANY)
    assert re.search("7 members", rollcall(place.relay, "history", address("kept")).stdout)


def test_observe_records_nothing(place, workshop):
    watching = workshop.relay(place.settings(), mode="observe", sections={"guard": GUARD})
    sent = mail.send(watching.port, address("observed"))
    assert sent.accepted
    watching.daemon.wait_log(r"would-guard: group=<observed@example\.test> members=3 last=none action=none")
    rollcall(watching, "history", address("observed"), status=1)
