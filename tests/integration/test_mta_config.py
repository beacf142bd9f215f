# SPDX-License-Identifier: BSD-2-Clause
"""rollcall mta-config and rollcall check: what is printed is what real MTAs need, and what breaks it is named"""
import os
import re

import pytest

from servers import company, mail, postfix, rollcalld, sendmail
from servers.company import address
from servers.process import free_port, is_listening, run, wait_for
from servers.rollcalld import command

DOMAIN = "split.rollcall.invalid"


def mta_part(daemon, mta, part, *options):
    return command("--config", daemon.config, "mta-config", mta, "--part", part, *options).stdout


def findings(daemon, *options):
    """(word, text) of each line of rollcall check that is about the MTA."""
    shown = command("--config", daemon.config, "check", *options, status=None).stdout
    return [(line[:4].strip(), line[6:]) for line in shown.splitlines()
            if line[6:].startswith(("Postfix:", "Sendmail:", "split-listener"))]


def words(found, word):
    return [text for kind, text in found if kind == word]


# ---- Postfix ----


def configure_postfix(server, daemon):
    """What an administrator does: pastes, and adds a listener for the world."""
    server.main += mta_part(daemon, "postfix", "main.cf", "--postfix-config", server.folder + "/etc")
    server._write("etc/main.cf", server.main)
    server.services.append(mta_part(daemon, "postfix", "master.cf"))
    port = free_port()
    server.services.append("127.0.0.1:%d inet n - y - - smtpd\n" % port)
    server._write_master()
    return port


@pytest.fixture(scope="module")
def relay(special_ldif, new_folder, retired):
    """(Postfix, its port, rollcalld), configured by nothing but what mta-config prints."""
    server = postfix.Postfix(new_folder("pc"))
    daemon = rollcalld.Rollcalld(new_folder("rc"), rollcalld.from_ldif(special_ldif), where=server.socket("m")[0],
                                 split_domain=DOMAIN, split_listener="inet:%d@127.0.0.1" % free_port(),
                                 trusted_networks=None).start()
    # what a site may have, and what is done by the first pass alone or by both
    server.main += ("always_bcc = archive@example.test\n"
                    "virtual_alias_maps = inline:{ { %s = renamed@example.test } }\n" % company.route(2))
    server._write("etc/main.cf", server.main)
    port = configure_postfix(server, daemon)
    server.start()
    wait_for(lambda: is_listening(port), "smtpd on port %d" % port)
    yield server, port, daemon
    daemon.retire()
    retired.append(daemon)
    server.close()


def test_postfix_takes_it(relay):
    server, port, daemon = relay
    sent = mail.send(port, address("sales"))
    assert sent.accepted
    assert server.delivered(sent) == sorted([*company.expected()["sales"], "archive@example.test"])
    assert not server.grep("fatal|unused parameter|bad command")
    unused = run("postconf", "-c", server.folder + "/etc", "-n")
    assert "unused parameter" not in unused


def test_postfix_is_found_good(relay):
    server, _, daemon = relay
    found = findings(daemon, "--postfix-config", server.folder + "/etc")
    assert words(found, "bad") == [] and words(found, "note") == []
    good = "\n".join(words(found, "good"))
    assert "asks unix:rollcall/m last, default_action=tempfail" in good
    assert "%s goes to rollcall-split:[127.0.0.1]:" % DOMAIN in good
    assert "split-listener" in good


def test_other_milters_and_transports_stay(relay):
    server, _, daemon = relay
    folder = server.folder + "/etc"
    assert "texthash:%s/transport" % folder in mta_part(daemon, "postfix", "main.cf", "--postfix-config", folder)
    once = mta_part(daemon, "postfix", "main.cf", "--postfix-config", folder)
    line = next(line for line in once.splitlines() if line.startswith("smtpd_milters"))
    assert line == "smtpd_milters = { unix:rollcall/m, default_action=tempfail }"
    line = next(line for line in once.splitlines() if line.startswith("transport_maps"))
    assert line.count(DOMAIN) == 1


def senders(deliveries):
    return {one.recipient: one.sender for one in deliveries}


def test_postfix_splits(relay):
    """Two groups, two envelope senders: the second goes the printed way. It is archived once, and aliases count there."""
    server, port, daemon = relay
    sent = mail.send(port, [address("sales"), address("tomanager")])
    assert sent.accepted
    first = {recipient: "ann@example.net" for recipient in [*company.expected()["sales"], "archive@example.test"]}
    second = {recipient: address("manager") for recipient in (company.route(1), "renamed@example.test")}
    assert len(server.delivered(sent)) == len(first) + len(second)
    assert senders(server.sink.deliveries(sent.message_id)) == {**first, **second}
    daemon.wait_log(r"%s: split: group=<%s> " % (sent.queue_id, address("tomanager")))
    assert all(one.message["X-Rollcall-Split"] is None for one in server.sink.deliveries(sent.message_id)
               if one.sender == address("manager"))


@pytest.mark.parametrize("recipient", ["sales=example.test@" + DOMAIN, "sales=example.test@SPLIT.Rollcall.Invalid",
                                       "<@example.test:sales=example.test@%s>" % DOMAIN])
def test_the_reserved_domain_is_for_the_second_listener(relay, recipient):
    _, port, _ = relay
    assert mail.send(port, recipient).reply(recipient)[0] in (550, 553)


def test_the_second_listener_is_for_split_messages(relay):
    """Whoever reaches it from this host needs a ticket, and the reserved domain."""
    server, _, daemon = relay
    plain = mail.send(daemon.split_port, "x@elsewhere.example")
    assert plain.reply("x@elsewhere.example")[0] == 550
    recipient = "sales=example.test@" + DOMAIN
    forged = mail.send(daemon.split_port, recipient, headers=[("X-Rollcall-Split", "v=1; forged")])
    assert not forged.accepted
    assert server.delivered(forged) == []


BREAKS = [
    ("accept", "main.cf", r"default_action=tempfail", "default_action=accept", "default_action=accept"),
    ("not-last", "main.cf", r"(?m)^(smtpd_milters = .*)$", r"\1, unix:other", "is not the last of smtpd_milters"),
    ("small", "main.cf", r"message_size_limit = .*", "message_size_limit = 1000", "message_size_limit = 1000"),
    ("no-route", "main.cf", r"(?m)^transport_maps = inline.*$", "", "sends %s to nowhere" % DOMAIN),
    ("other-route", "main.cf", r"= rollcall-split:", "= smtp:", "smtp_destination_recipient_limit"),
    ("other-port", "main.cf", r"(\{ %s = rollcall-split:\[127.0.0.1\]):\d+" % DOMAIN, r"\1:1", "expected rollcall"),
    ("many", "main.cf", r"(rollcall-split_destination_recipient_limit) = 1", r"\1 = 50", "= 50, expected 1"),
    ("patience", "main.cf", r"\Z", "milter_command_timeout = 10s\n", "milter_command_timeout = 10s"),
    ("no-client", "master.cf", r"(?m)^rollcall-split unix.*\n(  .*\n)+", "", "no service rollcall-split/unix"),
    ("no-listener", "master.cf", r"(?m)^127.*smtpd\n  -o syslog(.*\n)(  .*\n)+", "", "no listener has"),
    ("unnamed", "master.cf", r"  -o milter_macro.*\n", "", "no listener has"),
    ("for-all", "master.cf", r"127.0.0.1:(\d+)( inet n - n - - smtpd\n  -o syslog)", r"0.0.0.0:\1\2", "beyond this host"),
    ("unasked", "master.cf", r"  -o \{ smtpd_milters.*\n", "  -o smtpd_milters=\n", "does not ask unix:rollcall/m"),
    ("skipped", "master.cf", r"=no_header_body_checks", "=no_milters", "rollcall is not asked"),
    ("generic", "master.cf", r"  -o smtp_generic_maps=\n", "  -o smtp_generic_maps=static:x\n", "smtp_generic_maps"),
]


@pytest.mark.parametrize("file,pattern,change,says", [one[1:] for one in BREAKS], ids=[one[0] for one in BREAKS])
def test_what_breaks_it_is_named(relay, new_folder, file, pattern, change, says):
    server, _, daemon = relay
    folder = new_folder("etc")
    for name in ("main.cf", "master.cf", "transport"):
        with open(os.path.join(server.folder, "etc", name), encoding="utf-8") as source:
            text = source.read()
        if name == file:
            changed = re.sub(pattern, change, text)
            assert changed != text
            text = changed
        with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
            out.write(text)
    bad = words(findings(daemon, "--postfix-config", folder), "bad")
    assert any(says in text for text in bad), bad


def test_changing_senders_is_noted(relay, new_folder):
    server, _, daemon = relay
    folder = new_folder("etc")
    for name in ("main.cf", "master.cf", "transport"):
        with open(os.path.join(server.folder, "etc", name), encoding="utf-8") as source, \
             open(os.path.join(folder, name), "w", encoding="utf-8") as out:
            out.write(source.read() + ("masquerade_domains = example.test\n" if name == "main.cf" else ""))
    notes = words(findings(daemon, "--postfix-config", folder), "note")
    assert any("masquerade_domains" in text for text in notes), notes


# ---- Sendmail ----


@pytest.fixture(scope="module")
def sendmail_relay(special_ldif, new_folder, retired):
    """(Sendmail, rollcalld), the filter, second listener and route of which are what mta-config prints."""
    folder = new_folder("sc")
    daemon = rollcalld.Rollcalld(new_folder("rc"), rollcalld.from_ldif(special_ldif), where=folder + "/m",
                                 split_domain=DOMAIN, split_listener="inet:%d@127.0.0.1" % free_port(),
                                 trusted_networks=None, socket_group="").start()
    server = sendmail.Sendmail(folder, "local:" + daemon.socket)
    server.take(mta_part(daemon, "sendmail", "sendmail.mc"), mta_part(daemon, "sendmail", "mailertable"))
    server.start()
    yield server, daemon
    daemon.retire()
    retired.append(daemon)
    server.close()


def test_sendmail_takes_it(sendmail_relay):
    server, daemon = sendmail_relay
    sent = mail.send(server.port, address("sales"))
    assert sent.accepted
    assert server.delivered(sent) == company.expected()["sales"]


def test_sendmail_splits(sendmail_relay):
    server, daemon = sendmail_relay
    sent = mail.send(server.port, [address("sales"), address("tomanager")])
    assert sent.accepted
    first = {recipient: "ann@example.net" for recipient in company.expected()["sales"]}
    second = {recipient: address("manager") for recipient in (company.route(1), company.route(2))}
    assert len(server.delivered(sent)) == len(first) + len(second)
    assert senders(server.sink.deliveries(sent.message_id)) == {**first, **second}
    daemon.wait_log(r"%s: split: group=<%s> " % (sent.queue_id, address("tomanager")))


def test_sendmail_is_found_good(sendmail_relay):
    server, daemon = sendmail_relay
    found = findings(daemon, "--sendmail-config", server.config)
    assert words(found, "bad") == [] and words(found, "note") == [], found
    good = "\n".join(words(found, "good"))
    for text in ("F=T", "mailer rollcall-split", "listener rollcall-split at 127.0.0.1", "split-listener"):
        assert text in good


SENDMAIL_BREAKS = [
    ("accept", r"(?m)^(Xrollcall, S=[^,]*), F=T", r"\1", "expected F=T"),
    ("no-mailer", r"(?m)^Mrollcall-split.*\n", "", "no mailer rollcall-split"),
    ("many", r"F=kuXa8", "F=kuXa8m", "one recipient"),
    ("no-listener", r"(?m)^O DaemonPortOptions=Name=rollcall-split.*\n", "", "no DaemonPortOptions"),
    ("for-all", r"(O DaemonPortOptions=Name=rollcall-split.*) Addr=127.0.0.1,", r"\1", "every address"),
    ("no-table", r"(?m)^Kmailertable.*\n", "", "no mailertable"),
]


@pytest.mark.parametrize("pattern,change,says", [one[1:] for one in SENDMAIL_BREAKS],
                         ids=[one[0] for one in SENDMAIL_BREAKS])
def test_what_breaks_sendmail_is_named(sendmail_relay, new_folder, pattern, change, says):
    server, daemon = sendmail_relay
    with open(server.config, encoding="ascii") as source:
        text = source.read()
    changed = re.sub(pattern, change, text)
    assert changed != text
    path = new_folder("cf") + "/sendmail.cf"
    with open(path, "w", encoding="ascii") as out:
        out.write(changed)
    bad = words(findings(daemon, "--sendmail-config", path), "bad")
    assert any(says in one for one in bad), bad
