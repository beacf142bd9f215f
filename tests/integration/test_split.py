# SPDX-License-Identifier: BSD-2-Clause
"""What cannot share a message is split off: real Postfix routes it to its second listener and back to us"""
import os
import re
import subprocess

import pytest

from servers import company, ldif, mail, postfix, rollcalld
from servers.company import address, person_dn, route
from servers.process import free_port, is_listening, run, wait_for

MANAGER = 8
OSLO = company.routes(lambda number: number % 3 == 2)
BERLIN = company.routes(lambda number: number % 3 == 0)
PLAIN = "plain@elsewhere.example"
DOMAIN = "split.rollcall.invalid"


def groups():
    """Each asks for another treatment of the message."""
    def oslo(local, **more):
        return company.dynamic(local, "(&(objectClass=user)(l=Oslo))", **more)

    yield oslo("tomanager", managedBy=[person_dn(MANAGER)], reportToOriginator=["FALSE"], reportToOwner=["TRUE"])
    yield oslo("tonobody", reportToOriginator=["FALSE"], reportToOwner=["FALSE"])
    yield oslo("quiet", reportToOriginator=["TRUE"], oOFReplyToOriginator=["FALSE"])
    yield oslo("talkative", reportToOriginator=["TRUE"], oOFReplyToOriginator=["TRUE"])
    yield oslo("guarded", msExchEnableModeration=["TRUE"], msExchModeratedByLink=[person_dn(MANAGER)],
               reportToOriginator=["TRUE"])
    yield oslo("small", delivContLength=["1"], reportToOriginator=["TRUE"])
    yield oslo("closed", msExchRequireAuthToSendTo=["TRUE"], reportToOriginator=["TRUE"])


@pytest.fixture(scope="module")
def directory(new_folder):
    path = os.path.join(new_folder("ldif"), "split.ldif")
    with open(path, "w", encoding="utf-8") as out:
        out.write(ldif.text([ldif.TOP, *ldif.exported([*company.entries(), *groups()])]))
    return rollcalld.from_ldif(path)


@pytest.fixture(scope="module")
def relay(shared_workshop, directory):
    return shared_workshop.relay(directory, split_domain=DOMAIN, sections={"policy": {"moderated": "hold"}})


@pytest.fixture(scope="module")
def alone(shared_workshop, directory):
    """No second listener."""
    return shared_workshop.relay(directory, sections={"policy": {"moderated": "hold"}})


def deliver(relay, recipients, **more):
    sent = mail.send(relay.port, recipients, **more)
    assert sent.accepted, (sent.replies, sent.final)
    relay.mta.wait_idle()
    return sent, relay.mta.sink.deliveries(sent.message_id)


def parts(deliveries):
    """Envelope sender -> sorted recipients."""
    found = {}
    for one in deliveries:
        found.setdefault(one.sender, []).append(one.recipient)
    return {sender: sorted(recipients) for sender, recipients in found.items()}


def headers_of(deliveries, recipient):
    return [one.message for one in deliveries if one.recipient == recipient][0]


def bounces(mta, sender, message_id):
    """Reports that came to the sender about this message."""
    return [one.message for kept in list(mta.sink.kept.values()) for one in kept
            if one.recipient == sender and one.sender == "" and message_id in one.message.as_string()]


# ---- treatments ----

def test_reports_to_the_manager_beside_a_plain_recipient(relay):
    sent, came = deliver(relay, [address("tomanager"), PLAIN])
    assert parts(came) == {"ann@example.net": [PLAIN], route(MANAGER): OSLO}
    for one in came:
        assert one.parameters.get("NOTIFY") == (None if one.recipient == PLAIN else "FAILURE")
    assert "X-Rollcall-Split" not in headers_of(came, OSLO[0])
    assert relay.daemon.grep(r"%s: split: group=<tomanager@example.test> to=<\S+@%s> reason=reports"
                             % (sent.queue_id, DOMAIN))
    assert relay.daemon.grep(r"%s: envelope: from=<ann@example.net> removed=1 added=0 split=1" % sent.queue_id)


def test_reports_to_the_manager_alone_need_no_split(relay):
    sent, came = deliver(relay, address("tomanager"))
    assert parts(came) == {route(MANAGER): OSLO}
    assert relay.daemon.grep(r"%s: envelope: .* split=0 .* sender=<%s>" % (sent.queue_id, route(MANAGER)))


def test_reports_to_nobody_beside_others(relay):
    _, came = deliver(relay, [address("tonobody"), address("berlin"), PLAIN])
    assert parts(came) == {"ann@example.net": sorted([PLAIN, *BERLIN]), "": OSLO}
    assert {one.parameters.get("NOTIFY") for one in came if one.sender == ""} == {"NEVER"}


def test_two_treatments_and_nobody_else(relay):
    """Each goes its own way; the first message keeps nobody, and nobody gets it twice."""
    _, came = deliver(relay, [address("tonobody"), address("tomanager")])
    assert parts(came) == {"": OSLO, route(MANAGER): OSLO}


def test_out_of_office_beside_others(relay):
    _, came = deliver(relay, [address("quiet"), address("berlin"), PLAIN])
    both = sorted(set(OSLO) & set(BERLIN))
    assert both == []
    for one in came:
        wanted = "OOF" if one.recipient in OSLO else None
        assert one.message["X-Auto-Response-Suppress"] == wanted, one.recipient
    assert sorted(one.recipient for one in came) == sorted([*OSLO, *BERLIN, PLAIN])


def test_held_beside_others(relay):
    before = relay.mta.queued("hold")
    sent, came = deliver(relay, [address("guarded"), address("berlin")])
    assert sorted(one.recipient for one in came) == BERLIN
    held = [name for name in relay.mta.queued("hold") if name not in before]
    assert len(held) == 1
    listed = run("postqueue", "-c", relay.mta.folder + "/etc", "-p")
    assert held[0] + "!" in listed
    listed = re.search(r"(?ms)^%s!.*?(?:\n\n|\Z)" % held[0], listed).group(0)
    assert OSLO[0] in listed and BERLIN[0] not in listed and DOMAIN not in listed
    assert relay.daemon.grep("%s: held: group=<guarded@example.test> reason=moderated" % held[0])
    relay.mta.release(held[0])
    assert relay.mta.sink.recipients(sent.message_id) == sorted([*OSLO, *BERLIN])


def test_a_group_under_two_addresses_is_split_once(relay):
    _, came = deliver(relay, [address("tomanager"), "TOMANAGER@EXAMPLE.TEST", PLAIN])
    assert parts(came) == {"ann@example.net": [PLAIN], route(MANAGER): OSLO}


def test_a_message_without_an_id(relay):
    """It gets one, so that its parts can be recognised."""
    with mail.connect(relay.port) as session:
        session.ehlo_or_helo_if_needed()
        session.mail("ann@example.net")
        for recipient in (address("tonobody"), PLAIN):
            assert session.rcpt(recipient)[0] == 250
        code, text = session.data(b"Subject: no identity\r\n\r\nHello.\r\n")
    assert code == 250, text
    relay.mta.wait_idle()
    came = [one for kept in list(relay.mta.sink.kept.values()) for one in kept
            if one.message["Subject"] == "no identity"]
    assert parts(came) == {"ann@example.net": [PLAIN], "": OSLO}
    assert len({one.message["Message-ID"] for one in came}) == 1


def test_one_copy_for_who_is_named_beside_the_group(relay):
    """A member of what is split off who gets the message anyway."""
    sent, came = deliver(relay, [address("tomanager"), OSLO[0], PLAIN])
    assert parts(came) == {"ann@example.net": sorted([OSLO[0], PLAIN]), route(MANAGER): OSLO[1:]}


def test_all_of_a_group_got_it_already(relay):
    sent, came = deliver(relay, [address("tomanager"), address("talkative")])
    assert parts(came) == {"ann@example.net": OSLO}
    assert not relay.daemon.grep("warning: empty")


# ---- refused after DATA ----

def test_refused_after_data_beside_others(relay):
    """Too large, which only the end of the message shows: the MTA reports it for this group alone, by its address."""
    sent, came = deliver(relay, [address("small"), address("berlin")], body="x" * 70 + "\r\n", headers=[
        ("X-Padding", "y" * 900), ("X-Padding", "z" * 900)])
    assert sorted(one.recipient for one in came if one.sender) == BERLIN
    wait_for(lambda: bounces(relay.mta, "ann@example.net", sent.message_id), "a report")
    relay.mta.wait_idle()
    reports = bounces(relay.mta, "ann@example.net", sent.message_id)
    assert len(reports) == 1
    text = reports[0].as_string()
    assert re.search(r"(?mi)^Original-Recipient: rfc822; ?small@example.test", text)
    assert "5.2.3" in text and "berlin@" not in text.split("Reporting-MTA")[1].split("Content-Type: text/rfc822")[0]


def test_refused_after_data_alone(relay):
    sent = mail.send(relay.port, address("small"), body=("x" * 70 + "\r\n") * 20)
    assert sent.reply(address("small"))[0] == 250
    assert sent.final[0] == 550 and "5.2.3" in sent.final[1]


# ---- without a second listener ----

def test_another_treatment_comes_alone(alone):
    with mail.connect(alone.port) as session:
        sent = mail.send(alone.port, [PLAIN, address("tomanager"), address("berlin")], session=session)
        assert sent.reply(address("tomanager")) == (452, sent.reply(address("tomanager"))[1])
        assert "4.5.3" in sent.reply(address("tomanager"))[1]
        assert sent.accepted
        again = mail.send(alone.port, address("tomanager"), session=session)
    assert again.accepted
    assert alone.mta.delivered(sent) == sorted([PLAIN, *BERLIN])
    assert parts(alone.mta.sink.deliveries(again.message_id)) == {route(MANAGER): OSLO}


def test_what_shows_only_at_the_end_defers_all(alone):
    sent = mail.send(alone.port, [PLAIN, address("small")], body=("x" * 70 + "\r\n") * 20)
    assert sent.reply(address("small"))[0] == 250
    assert sent.final[0] == 451 and "4.5.3" in sent.final[1]


# ---- the reserved domain and its listener ----

@pytest.mark.parametrize("recipient", ["tomanager=example.test@" + DOMAIN, "x@" + DOMAIN.upper(),
                                       '"tomanager=example.test"@' + DOMAIN])
def test_the_reserved_domain_is_refused_outside(relay, recipient):
    sent = mail.send(relay.port, [recipient, PLAIN])
    assert sent.reply(recipient)[0] == 550 and "5.7.1" in sent.reply(recipient)[1]
    assert relay.mta.delivered(sent) == [PLAIN]


def test_a_forged_ticket_does_not_help(relay):
    sent, came = deliver(relay, [address("tomanager"), PLAIN],
                         headers=[("X-Rollcall-Split", "sasl authenticated 1 AAAA"), ("x-rollcall-split", "another")])
    assert parts(came) == {"ann@example.net": [PLAIN], route(MANAGER): OSLO}
    kept = headers_of(came, PLAIN).get_all("X-Rollcall-Split")
    assert len(kept) == 1 and "AAAA" not in kept[0]


@pytest.mark.parametrize("headers, code", [([], 550), ([("X-Rollcall-Split", "sasl authenticated 1 AAAA")], 451)])
def test_the_listener_wants_a_ticket(relay, headers, code):
    recipient = "berlin=example.test@" + DOMAIN
    sent = mail.send(relay.daemon.split_port, recipient, headers=headers)
    assert sent.reply(recipient)[0] == 250
    assert sent.final[0] == code
    assert relay.daemon.grep("warning: split listener: group=<berlin@example.test>")


def test_the_listener_takes_nothing_else(relay):
    others = [PLAIN, address("berlin"), "nobody@" + DOMAIN]
    sent = mail.send(relay.daemon.split_port, others)
    assert [sent.reply(one)[0] for one in others] == [550, 550, 550]
    two = ["berlin=example.test@" + DOMAIN, "lyon=example.test@" + DOMAIN]
    sent = mail.send(relay.daemon.split_port, two)
    assert [sent.reply(one)[0] for one in two] == [250, 452]


# ---- loops ----

def test_what_was_expanded_before_is_no_loop_for_what_is_split(relay):
    _, came = deliver(relay, [address("berlin"), address("tomanager")])
    assert parts(came) == {"ann@example.net": BERLIN, route(MANAGER): OSLO}
    assert len(headers_of(came, OSLO[0]).get_all("X-Rollcall-Trace")) == 2


def test_a_real_loop_is_found_in_the_second_pass(relay):
    """The message comes back to a group that was split off before."""
    _, came = deliver(relay, [address("tomanager"), PLAIN])
    back = headers_of(came, OSLO[0])
    sent = mail.send(relay.port, [address("tomanager"), "other@elsewhere.example"],
                     message_id=back["Message-ID"],
                     headers=[("X-Rollcall-Trace", value) for value in back.get_all("X-Rollcall-Trace")])
    assert sent.accepted
    relay.mta.wait_idle()
    assert relay.mta.grep("dsn=5.4.6, status=bounced .*<tomanager=example.test@|to=<tomanager=example.test@.*dsn=5.4.6")
    assert relay.mta.sink.recipients(back["Message-ID"]).count(OSLO[0]) == 1


# ---- the MTA is killed between the passes ----

def test_postfix_killed_between_the_passes(new_folder, directory, retired):
    """Before the second listener answers: the message is in the queue, and everybody gets it once after a restart."""
    mta = postfix.Postfix(new_folder("postfix"))
    socket, milter = mta.socket("killed")
    daemon = daemon_for_split(new_folder, directory, socket)
    milters = "{ %s, default_action=tempfail }" % milter
    try:
        port = mta.listen(milters)
        mta.start()
        mta.listen_split(daemon.mta_config("postfix", "master.cf"), DOMAIN, daemon.split_port)
        second = [index for index, line in enumerate(mta.services) if "milter_macro_daemon_name" in line][0]
        listener = mta.services[second]
        mta.services[second] = "# not yet\n"
        restart(mta)
        wait_for(lambda: is_listening(port), "smtpd")
        sent = mail.send(port, [address("tomanager"), address("tonobody"), PLAIN])
        assert sent.accepted
        wait_for(lambda: is_done(mta, sent), "the first part")
        wait_for(lambda: mta.grep("to=<tonobody=.*status=deferred") and mta.grep("to=<tomanager=.*status=deferred"),
                 "deferred parts")
        kill(mta)
        mta.services[second] = listener
        restart(mta)
        run("postqueue", "-c", mta.folder + "/etc", "-f")
        wait_for(lambda: not mta.queued(), lambda: "an empty queue: %s" % mta.queued(), 60)
        assert parts(mta.sink.deliveries(sent.message_id)) == {
            "ann@example.net": [PLAIN], route(MANAGER): OSLO, "": OSLO}
    finally:
        mta.close()
        daemon.retire()
        retired.append(daemon)


def test_postfix_killed_while_the_second_pass_is_under_way(new_folder, directory, retired):
    """The second listener asks a daemon that hangs; all of Postfix dies over it. One key, so either daemon will do."""
    mta = postfix.Postfix(new_folder("postfix"))
    first_socket, milter = mta.socket("first")
    first = daemon_for_split(new_folder, directory, first_socket)
    second = daemon_for_split(new_folder, directory, mta.socket("second")[0], key_file=first.milter["key-file"])
    try:
        port = mta.listen("{ %s, default_action=tempfail }" % milter)
        mta.start()
        mta.listen_split(second.mta_config("postfix", "master.cf"), DOMAIN, second.split_port)
        second.process.freeze()
        sent = mail.send(port, [address("tomanager"), PLAIN])
        assert sent.accepted
        wait_for(lambda: is_done(mta, sent), "the first part")
        wait_for(lambda: len(mta.grep(r"smtpd\[\d+\]: connect from")) == 2, "the second pass")
        kill(mta)
        second.process.thaw()
        restart(mta)
        run("postqueue", "-c", mta.folder + "/etc", "-f")
        wait_for(lambda: not mta.queued(), lambda: "an empty queue: %s" % mta.queued(), 60)
        assert parts(mta.sink.deliveries(sent.message_id)) == {"ann@example.net": [PLAIN], route(MANAGER): OSLO}
    finally:
        mta.close()
        for daemon in (first, second):
            daemon.retire()
            retired.append(daemon)


def daemon_for_split(new_folder, directory, socket, **more):
    return rollcalld.Rollcalld(new_folder("rc"), directory, where=socket, split_domain=DOMAIN,
                               split_listener="inet:%d@127.0.0.1" % free_port(), **more).start()


def is_done(mta, sent):
    """The plain part has come, and its MTA knows: what it has not written down yet would come again."""
    return mta.sink.recipients(sent.message_id) == [PLAIN] and \
        PLAIN not in run("postqueue", "-c", mta.folder + "/etc", "-p")


def children(pid):
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], stdout=subprocess.PIPE, text=True, check=False)
    return [int(word) for word in listed.stdout.split()]


def kill(mta):
    """SIGKILL for the master and everything it started."""
    master = mta.process.pid
    for pid in [master, *children(master)]:
        try:
            os.kill(pid, 9)
        except ProcessLookupError:
            pass
    mta.process.wait()
    mta.process = None


def restart(mta):
    if mta.process:
        mta.process.stop()
        mta.process = None
    try:
        os.unlink(mta.folder + "/spool/public/qmgr")
    except FileNotFoundError:
        pass
    mta._write_master()
    mta.start()
