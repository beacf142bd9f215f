# SPDX-License-Identifier: BSD-2-Clause
"""What real MTAs make of each edit that rollcalld asks for, made by edits.c itself (edit-probe)

Sendmail differs from Postfix in that it
- folds and spaces headers by its own rules whether or not somebody edits the message (test_the_rest_stays compares
  with the same message unedited),
- takes a recipient for the same whatever its NOTIFY (test_one_address_twice),
- passes ORCPT on as it came (test_orcpt_beyond_ascii),
- keeps the reason of a hold in the queue file (test_the_reason_of_a_hold).
"""
import glob
import os
import re

import pytest

from servers import mail, rollcalld, sendmail
from servers.process import Process, wait_for

PROBE = os.path.join(rollcalld.BUILD, "tests/integration/edit-probe")
GROUP, HERE = "group@example.test", "<group@example.test>"


class Probe:
    """An MTA with edit-probe as its only milter."""

    def __init__(self, server, port, script, held):
        self.server, self.port, self.script, self.held = server, port, script, held

    def send(self, *edits, recipients=GROUP, **message):
        """Sends a message, which is edited so."""
        with open(self.script, "w", encoding="utf-8") as out:
            out.writelines("\t".join(edit) + "\n" for edit in edits)
        sent = mail.send(self.port, recipients, **message)
        assert sent.accepted, sent.final
        return sent

    def edit(self, *edits, **message):
        """The same; returns its deliveries."""
        sent = self.send(*edits, **message)
        self.server.delivered(sent)
        return self.server.sink.deliveries(sent.message_id)

    def expand(self, *edits, to="p@example.test", **message):
        """The same, with the group replaced by one member."""
        (delivery,) = self.edit(("delete", HERE), ("add", to, "-", "-"), *edits, **message)
        assert delivery.recipient == to
        return delivery


def start_probe(folder, socket):
    script = os.path.join(folder, "edits")
    open(script, "w", encoding="utf-8").close()
    process = Process([PROBE, socket, script], os.path.join(folder, "log"))
    path = socket.split(":", 1)[1]
    wait_for(lambda: os.path.exists(path) or not process.alive(), "edit-probe")
    assert process.alive(), process.output()
    os.chmod(path, 0o666)
    return process, script


def held_by_postfix(mta):
    """Files of messages on hold."""
    return ["%s/spool/hold/%s" % (mta.folder, name) for name in mta.queued("hold")]


@pytest.fixture(scope="module")
def over_postfix(mta, new_folder):
    folder = new_folder("probe")
    path, name = mta.socket(os.path.basename(folder))
    process, script = start_probe(folder, "unix:" + path)
    port = mta.listen("{ %s, default_action=tempfail }" % name)
    yield Probe(mta, port, script, lambda: held_by_postfix(mta))
    process.kill()


@pytest.fixture(scope="module")
def over_sendmail(new_folder):
    folder = new_folder("sm")
    path = os.path.join(new_folder("probe"), "s")
    process, script = start_probe(os.path.dirname(path), "unix:" + path)
    server = sendmail.Sendmail(folder, "local:" + path).start()
    yield Probe(server, server.port, script, lambda: glob.glob(server.folder + "/queue/hf*"))
    server.close()
    process.kill()


@pytest.fixture(params=["postfix", "sendmail"])
def probe(request):
    return request.getfixturevalue("over_" + request.param)


# ---- headers ----

def names(delivery):
    return [name.lower() for name in delivery.message.keys()]


def test_all_of_a_name_go(probe):
    """The first, the last, those between, however they are spelled; and nobody else's."""
    headers = [("X-Trust", "1"), ("X-Other", "a"), ("x-trust", "2"), ("X-Trusted", "b"), ("X-TRUST", "3"), ("X-Trust", "")]
    delivery = probe.expand(("remove", "X-Trust"), headers=headers)
    assert "x-trust" not in names(delivery)
    assert delivery.message.get_all("X-Other") == ["a"] and delivery.message.get_all("X-Trusted") == ["b"]


def test_many_go(probe):
    headers = [item for number in range(100) for item in (("X-Trust", str(number)), ("X-Keep", str(number)))]
    delivery = probe.expand(("remove", "X-Trust"), headers=headers)
    assert "x-trust" not in names(delivery)
    assert delivery.message.get_all("X-Keep") == [str(number) for number in range(100)]


def test_several_names_go(probe):
    headers = [("X-A", "1"), ("X-B", "1"), ("X-A", "2"), ("X-C", "1"), ("X-B", "2")]
    delivery = probe.expand(("remove", "X-A"), ("remove", "X-B"), headers=headers)
    assert {"x-a", "x-b", "x-c"} & set(names(delivery)) == {"x-c"}


def test_folded_and_long_ones_go(probe):
    headers = [("X-Trust", "a\r\n b\r\n\tc"), ("X-Keep", "d\r\n e"), ("X-Trust", "f" * 900)]
    delivery = probe.expand(("remove", "X-Trust"), headers=headers)
    assert "x-trust" not in names(delivery)
    assert re.sub(r"\s+", " ", delivery.message["X-Keep"]) == "d e"


def test_the_mtas_own_headers_are_not_counted(probe):
    """Received is what the MTA itself puts on top: removal reaches what the client sent, and only that."""
    headers = [("Received", "from a by b; Sat, 21 Nov 2026 00:00:00 +0000"),
               ("Received", "from c by d; Sat, 21 Nov 2026 00:00:00 +0000")]
    delivery = probe.expand(("remove", "Received"), headers=headers)
    (received,) = delivery.message.get_all("Received")
    assert "by mx.example.test" in received


def test_a_name_is_removed_and_set_anew(probe):
    """The forged ones go, ours stays: new headers come after all removals."""
    delivery = probe.expand(("remove", "X-Rollcall-Split"), ("insert", "X-Rollcall-Split", "ours"),
                            headers=[("X-Rollcall-Split", "forged"), ("X-Rollcall-Split", "forged too")])
    assert delivery.message.get_all("X-Rollcall-Split") == ["ours"]


def test_new_headers_stand_on_top(probe):
    delivery = probe.expand(("insert", "X-One", "1"), ("insert", "X-Two", "2"), headers=[("X-Three", "3")])
    found = [name for name in names(delivery) if name in ("x-one", "x-two", "x-three", "from")]
    assert sorted(found[:2]) == ["x-one", "x-two"] and found[2:] == ["x-three", "from"]


@pytest.mark.parametrize("values, after", [
    ([], ["OOF"]), (["All"], ["All"]), (["DR, OOF"], ["DR, OOF"]), (["AutoReply"], ["OOF, AutoReply"]),
    (["DR", "NDR", "RN"], ["DR, NDR, RN, OOF"]), (["4"], ["RN, OOF"])])
def test_oof(probe, values, after):
    headers = [item for value in values for item in (("X-Auto-Response-Suppress", value), ("X-Between", "1"))]
    delivery = probe.expand(("oof",), headers=headers)
    assert delivery.message.get_all("X-Auto-Response-Suppress") == after
    assert delivery.message.get_all("X-Between", []) == ["1"] * len(values)


def comparable(delivery, *without):
    """Header fields and body as octets, without what the MTA stamps on each message and without those names."""
    head, _, body = delivery.octets.partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?![ \t])", head)
    stamps = (b"received", b"message-id", *(name.lower().encode() for name in without))
    return [field for field in fields if field.split(b":")[0].strip().lower() not in stamps], body


# What signatures are made over: odd spacing and folding, 8-bit text, dots, trailing blanks, empty lines at the end.
ODD_HEADERS = [("X-Folded", "a\r\n\t b\r\n  c"), ("X-Spaces", "  two  in  a  row "), ("x-CASE", "Mixed"), ("X-Empty", ""),
               ("X-Long", "w " * 400 + "end"), ("X-Twice", "1"), ("X-Twice", "2"),
               ("DKIM-Signature", "v=1; a=rsa-sha256; d=example.net; s=s; h=from:subject:x-twice;\r\n\tbh=AAAA;\r\n\tb=BBBB"),
               ("To", "\"Group, The\" <group@example.test>,\r\n other@example.test")]
ODD_BODY = "Gr\u00fc\u00dfe\t \r\n..\r\n.dot\r\n" + "x" * 900 + "\r\ntrailing  \r\n\r\n\r\n"


def test_the_rest_stays(probe):
    """Body and other headers are the same octets as without edits, in the same order: signatures stay as good as
    they were."""
    message = {"headers": [("X-Trust", "1"), *ODD_HEADERS, ("X-Trust", "2")], "body": ODD_BODY,
               "mail_options": ["BODY=8BITMIME"]}
    (before,) = probe.edit(recipients="p@example.test", **message)
    after = probe.expand(("remove", "X-Trust"), ("insert", "X-Rollcall-Trace", "t"), ("sender", "-"), ("oof",), **message)
    ours = ("X-Trust", "X-Rollcall-Trace", "X-Auto-Response-Suppress")
    assert comparable(after, *ours) == comparable(before, *ours)
    assert comparable(after)[1].endswith(b"trailing  \r\n\r\n\r\n")


# ---- envelope ----

def test_empty_sender(probe):
    delivery = probe.expand(("sender", "-"))
    assert delivery.sender == ""


def test_another_sender(probe):
    delivery = probe.expand(("sender", "boss@example.test"))
    assert delivery.sender == "boss@example.test"
    assert delivery.message["From"] == "Ann <ann@example.net>"


def test_quoted_sender(probe):
    delivery = probe.expand(("sender", "\"the boss\"@example.test"))
    assert delivery.sender == "\"the boss\"@example.test"


def test_sender_with_ret_and_envid(probe):
    """What the client said of reports as a whole stays, and does no harm."""
    delivery = probe.expand(("sender", "boss@example.test"), mail_options=["RET=HDRS", "ENVID=abc"])
    assert delivery.sender == "boss@example.test"


@pytest.mark.parametrize("notify, orcpt", [
    ("NEVER", "-"), ("FAILURE", "-"), ("SUCCESS,FAILURE,DELAY", "rfc822;group@example.test"), ("-", "rfc822;a+2Bb@example.test"),
    ("NEVER", "rfc822;group@example.test"), ("-", "rfc822;\"a+20b\"@example.test")])
def test_requests_of_an_addition(probe, notify, orcpt):
    (delivery,) = probe.edit(("delete", HERE), ("add", "p@example.test", notify, orcpt))
    if notify != "-":
        assert set(delivery.parameters["NOTIFY"].split(",")) == set(notify.split(","))
    if orcpt != "-":
        assert delivery.parameters["ORCPT"] == orcpt


def test_orcpt_beyond_ascii(probe):
    """Postfix takes it for xtext, whatever its type, and quotes the backslash when it passes it on (3.7)."""
    (delivery,) = probe.edit(("delete", HERE), ("add", "p@example.test", "-", "utf-8;jos\\x{E9}@example.test"))
    assert delivery.parameters["ORCPT"].replace("\\x{5C}", "\\") == "utf-8;jos\\x{E9}@example.test"


@pytest.mark.parametrize("server, copies", [("postfix", 2), ("sendmail", 1)])
def test_one_address_twice(request, server, copies):
    """Why the plan adds nobody twice: Postfix takes recipients with another NOTIFY for others."""
    probe = request.getfixturevalue("over_" + server)
    deliveries = probe.edit(("delete", HERE), ("add", "p@example.test", "NEVER", "-"),
                            ("add", "p@example.test", "FAILURE", "-"))
    assert len(deliveries) == copies


def test_no_orcpt_is_made_up(probe):
    """A member's report names the member; the group it came by stays unsaid."""
    (delivery,) = probe.edit(("delete", HERE), ("add", "p@example.test", "-", "-"))
    assert "group" not in delivery.parameters.get("ORCPT", "")


def test_quoted_addition(probe):
    (delivery,) = probe.edit(("delete", HERE), ("add", "\"a b=example.test\"@split.invalid", "-", "-"))
    assert delivery.recipient == "\"a b=example.test\"@split.invalid"


def test_split_address(probe):
    (delivery,) = probe.edit(("delete", HERE), ("add", "a+b=example.test@split.invalid", "-", "rfc822;a+2Bb@example.test"))
    assert delivery.recipient == "a+b=example.test@split.invalid"


def test_hold(probe):
    """On hold with its edits made: the members wait, the group is gone."""
    before = set(probe.held())
    sent = probe.send(("delete", HERE), ("add", "p@example.test", "-", "-"), ("sender", "-"), ("hold", "moderated"))
    wait_for(lambda: set(probe.held()) - before, "the message on hold")
    with open((set(probe.held()) - before).pop(), "rb") as file:
        envelope = file.read()
    assert b"p@example.test" in envelope
    assert probe.server.sink.deliveries(sent.message_id) == []


@pytest.mark.parametrize("server, kept", [("postfix", False), ("sendmail", True)])
def test_the_reason_of_a_hold(request, server, kept):
    """Sendmail shows it in `mailq -qQ`; Postfix 3.7 has no place for it."""
    probe = request.getfixturevalue("over_" + server)
    before = set(probe.held())
    probe.send(("delete", HERE), ("add", "p@example.test", "-", "-"), ("hold", "moderated"))
    wait_for(lambda: set(probe.held()) - before, "the message on hold")
    with open((set(probe.held()) - before).pop(), "rb") as file:
        assert (b"edit-probe" in file.read()) == kept
