# SPDX-License-Identifier: BSD-2-Clause
"""Mail submitted on the MTA's own host by sendmail(1): no recipient can be refused there, so the end decides"""
import os
import re
import shutil
import subprocess

import pytest

from servers import mail, rollcalld, sendmail
from servers.company import address, expected
from servers.process import run, wait_for

PLAIN = "plain@elsewhere.example"
ANN = "ann@example.test"


class Submission:
    def __init__(self, workshop, directory, **options):
        self.relay = workshop.relay(directory, trusted_networks=None, **options)
        self.mta, self.daemon = self.relay.mta, self.relay.daemon

    def submit(self, *recipients):
        self.mta.submit_through(self.relay.milters)
        try:
            sent = self.mta.submit(recipients, sender=ANN)
            self.mta.wait_idle()
        finally:
            self.mta.submit_through("")
        return sent

    def reports(self, sent):
        """What the sender was told about it."""
        return [one.message.as_string() for kept in list(self.mta.sink.kept.values()) for one in kept
                if one.recipient == ANN and one.sender == "" and sent.message_id in one.message.as_string()]


@pytest.fixture(scope="module")
def plain(shared_workshop, company_ldif):
    return Submission(shared_workshop, rollcalld.from_ldif(company_ldif))


@pytest.fixture(scope="module")
def split(shared_workshop, company_ldif):
    return Submission(shared_workshop, rollcalld.from_ldif(company_ldif), split_domain="local.rollcall.invalid")


@pytest.fixture(scope="module")
def trusting(shared_workshop, company_ldif):
    return Submission(shared_workshop, rollcalld.from_ldif(company_ldif),
                      sections={"origin": {"trust-local-submission": "yes"}})


def test_a_group_is_expanded(plain):
    sent = plain.submit(address("static"), PLAIN)
    assert plain.mta.sink.recipients(sent.message_id) == sorted([*expected()["static"], PLAIN])


def test_a_stranger_by_default(plain):
    """The whole message comes back: the sender learns why, and nothing stays in the queue."""
    sent = plain.submit(address("authonly"), PLAIN)
    assert plain.mta.sink.recipients(sent.message_id) == []
    wait_for(lambda: plain.reports(sent), "a report")
    plain.mta.wait_idle()
    assert "not authenticated" in plain.reports(sent)[0]
    assert plain.daemon.grep(r"refused: group=<authonly@example.test> from=<%s> code=550 5.7.133" % ANN)


def test_refused_alone(plain):
    sent = plain.submit(address("authonly"))
    wait_for(lambda: plain.reports(sent), "a report")
    assert "5.7.133" in plain.reports(sent)[0]


def test_trusted_where_the_administrator_says_so(trusting):
    sent = trusting.submit(address("authonly"))
    assert len(trusting.mta.sink.recipients(sent.message_id)) > 5
    assert trusting.daemon.grep(r"origin: from=<%s> origin=local-submission trust=authenticated" % ANN)


def test_what_cannot_be_found_out_stays_in_the_queue(plain):
    """pickup tries again every minute, until the group is repaired."""
    mta = plain.mta
    mta.submit_through(plain.relay.milters)
    sent = mta.submit([address("broken"), PLAIN], sender=ANN)
    wait_for(lambda: plain.daemon.grep("deferred: from=<%s>" % ANN), lambda: mta.log()[-2000:] + plain.daemon.log()[-2000:])
    assert mta.sink.recipients(sent.message_id) == []
    waiting = mta.queued("maildrop")
    assert len(waiting) == 1
    os.unlink("%s/spool/maildrop/%s" % (mta.folder, waiting[0]))
    mta.submit_through("")


def test_only_the_refused_one_is_split_off(split):
    sent = split.submit(address("authonly"), address("static"), PLAIN)
    wait_for(lambda: split.reports(sent), "a report")
    split.mta.wait_idle()
    assert split.mta.sink.recipients(sent.message_id) == sorted([*expected()["static"], PLAIN])
    reports = split.reports(sent)
    assert len(reports) == 1
    assert re.search(r"(?mi)^Original-Recipient: rfc822; ?authonly@example.test", reports[0])


# ---- Sendmail: the submission program is an SMTP client of the daemon, so recipients are refused as anybody's ----

SUBMIT = """\
divert(-1)
define(`_CF_DIR_', `{cf}/')
include(`{cf}/m4/cf.m4')
divert(0)
OSTYPE(linux)
define(`confPID_FILE', `{folder}/msp.pid')
define(`confRUN_AS_USER', `postfix:postfix')
define(`confTRUSTED_USER', `postfix')
define(`MSP_QUEUE_DIR', `{folder}/msp')
define(`STATUS_FILE', `{folder}/msp.statistics')
define(`confDOMAIN_NAME', `mx.example.test')
define(`confDONT_PROBE_INTERFACES', `True')
define(`confBIND_OPTS', `')
define(`confDONT_BLAME_SENDMAIL', `GroupReadableKeyFile,GroupWritableDirPathSafe,TrustStickyBit')
define(`RELAY_MAILER_ARGS', `TCP $h {port}')
FEATURE(`msp', `[127.0.0.1]')
"""


@pytest.fixture(scope="module")
def server(company_ldif, shared_workshop, new_folder):
    folder = new_folder("sendmail")
    daemon = shared_workshop.daemon(rollcalld.from_ldif(company_ldif), trusted_networks=None, socket_group="")
    made = sendmail.Sendmail(folder, "local:" + daemon.socket).start()
    yield made
    made.close()


def submit(server, *recipients):
    """By the submission program, as Debian's submit.cf has it."""
    # any user that exists everywhere will do, but root
    os.makedirs(server.folder + "/msp", 0o770, exist_ok=True)
    shutil.chown(server.folder + "/msp", "postfix", "postfix")
    source, config = server.folder + "/submit.mc", server.folder + "/submit.cf"
    with open(source, "w", encoding="ascii") as out:
        out.write(SUBMIT.format(folder=server.folder, port=server.port, cf=server.root + "/usr/share/sendmail/cf"))
    with open(config, "w", encoding="ascii") as out:
        out.write(run("m4", "-D_CF_DIR_=%s/usr/share/sendmail/cf/" % server.root, source))
    os.chmod(config, 0o644)
    message_id = mail.new_message_id()
    done = subprocess.run(["unshare", "--uts", "sh", "-c", 'hostname mx.example.test && exec "$@"', "sh",
                           server.root + sendmail.PROGRAM, "-C", config, "-i", "-Am", "-f", ANN, *recipients],
                          input=mail.compose(message_id).replace("\r\n", "\n"), text=True, timeout=60, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    server.wait_idle()
    return message_id, done


def test_sendmails_submission_program(server):
    message_id, done = submit(server, address("static"), address("authonly"), PLAIN)
    assert server.sink.recipients(message_id) == sorted([*expected()["static"], PLAIN]), done.stdout
    reports = [one for kept in list(server.sink.kept.values()) for one in kept
               if one.recipient == ANN and one.sender == ""]
    assert len(reports) == 1 and "5.7.133" in reports[0].message.as_string()
