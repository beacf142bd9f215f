# SPDX-License-Identifier: BSD-2-Clause
"""postfix.py - a private Postfix: own configuration, queue, log and loopback ports

Promises: smtpd and cleanup are chrooted to the queue directory, as on Debian; everything is delivered to one sink; the
          Postfix of the machine is not touched. Each listen() adds an smtpd service with settings of its own.
"""
import os
import re
import shutil
import signal

from . import mail
from .accounts import REALM
from .process import Failure, Process, free_port, is_listening, run, wait_for
from .sink import Sink

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
shlib_directory = {libraries}
meta_directory = /etc/postfix
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.example.test
mydomain = example.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_peername_lookup = no
smtpd_error_sleep_time = 0
smtpd_hard_error_limit = 1000
default_transport = smtp:[127.0.0.1]:{sink}
relay_transport = smtp:[127.0.0.1]:{sink}
local_transport = smtp:[127.0.0.1]:{sink}
virtual_transport = smtp:[127.0.0.1]:{sink}
transport_maps = texthash:{folder}/etc/transport
smtp_destination_recipient_limit = 500
initial_destination_concurrency = 20
alias_maps =
local_recipient_maps =
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}
default_process_limit = 250
milter_default_action = tempfail
smtpd_tls_security_level = none
in_flow_delay = 0
minimal_backoff_time = 1h
maximal_backoff_time = 1h
syslog_name = postfix
# bounces reach the sink at once, and nobody else
bounce_queue_lifetime = 1d
notify_classes =
"""

MASTER = """\
pickup    unix  n - n 60    1 pickup
cleanup   unix  n - y -     0 cleanup
qmgr      unix  n - n 300   1 qmgr
rewrite   unix  - - n -     - trivial-rewrite
bounce    unix  - - n -     0 bounce
defer     unix  - - n -     0 bounce
trace     unix  - - n -     0 bounce
verify    unix  - - n -     1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n -     - proxymap
smtp      unix  - - n -     - smtp
showq     unix  n - n -     - showq
error     unix  - - n -     - error
retry     unix  - - n -     - error
discard   unix  - - n -     - discard
anvil     unix  - - n -     1 anvil
scache    unix  - - n -     1 scache
tlsmgr    unix  - - n 1000? 1 tlsmgr
postlog   unix-dgram n - n - 1 postlogd
"""

# Of a Postfix nobody has set up yet: postconf refuses to say anything without the two files.
PLAIN_MAIN = "compatibility_level = 3.6\nmeta_directory = /etc/postfix\n"
PLAIN_MASTER = "smtp inet n - y - - smtpd\ncleanup unix n - y - 0 cleanup\n"

QUEUES = ("maildrop", "incoming", "active", "deferred", "hold", "corrupt", "bounce", "defer", "trace", "flush", "saved")


def write_plain(folder):
    """Makes `folder` the configuration folder (MAIL_CONFIG) of a Postfix that is installed and never ran."""
    for name, text in (("main.cf", PLAIN_MAIN), ("master.cf", PLAIN_MASTER)):
        with open(os.path.join(folder, name), "w", encoding="ascii") as out:
            out.write(text)
    return folder


class Postfix:
    def __init__(self, folder, **settings):
        self.folder = str(folder)
        self.sink = Sink()
        self.services = []
        self.process = None
        self._make_folders()
        values = dict(line.split(" = ", 1) for line in run("postconf", "-d", "daemon_directory", "shlib_directory")
                      .splitlines())
        self.main = (MAIN.format(folder=self.folder, sink=self.sink.port,
                                 daemons=values["daemon_directory"], libraries=values["shlib_directory"])
                     + "".join("%s = %s\n" % item for item in settings.items()))
        self.transport = ""
        self._write("etc/main.cf", self.main)
        self._write("etc/transport", self.transport)
        self._write_master()
        self.daemon = os.path.join(values["daemon_directory"], "master")

    def _make_folders(self):
        def make(path, owner=None, group=None, mode=0o755):
            path = os.path.join(self.folder, path)
            os.makedirs(path, exist_ok=True)
            if owner or group:
                shutil.chown(path, owner, group)
            os.chmod(path, mode)

        for name in ("etc", "log", "spool", "spool/pid", "spool/rollcall", "spool/etc"):
            make(name)
        make("data", "postfix")
        for name in QUEUES:
            make("spool/" + name, "postfix", mode=0o700)
        make("spool/private", "postfix", mode=0o700)
        make("spool/public", "postfix", "postdrop", 0o710)
        make("spool/maildrop", "postfix", "postdrop", 0o730)

    def _write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as out:
            out.write(text)

    def _write_master(self):
        self._write("etc/master.cf", MASTER + "".join(self.services))

    def deliver_nothing(self):
        """Takes mail and throws it away; to be called before the start."""
        self.main = self.main.replace("smtp:[127.0.0.1]:%d" % self.sink.port, "discard:")
        self._write("etc/main.cf", self.main)

    def start(self):
        self.process = Process([self.daemon, "-c", self.folder + "/etc", "-d"], self.folder + "/log/master.log")
        wait_for(lambda: not self.process.alive() or os.path.exists(self.folder + "/spool/public/qmgr"), "Postfix")
        assert self.process.alive(), self.process.output() + self.log()
        return self

    def close(self):
        if self.process:
            self.process.stop()
            self.process = None
        self.sink.close()

    def socket(self, name):
        """A path for a milter's unix socket that chrooted daemons reach, and how they name it."""
        return "%s/spool/rollcall/%s" % (self.folder, name), "unix:rollcall/" + name

    def listen(self, milters="", port=None, chroot=True, **settings):
        """Adds an smtpd service; returns its port. `milters` as in smtpd_milters."""
        port = port or free_port()
        options = {"smtpd_milters": milters, **settings}
        self.services.append("127.0.0.1:%d inet n - %s - - smtpd\n" % (port, "y" if chroot else "n") + "".join(
            "  -o { %s = %s }\n" % item for item in options.items()))
        self._write_master()
        self._listens(port)
        return port

    def _listens(self, port):
        """Makes a running Postfix read its configuration, and waits for a listener in it."""
        if self.process:
            # A queue manager that restarts beside a delivery under way leaves that message for its next scan.
            self.wait_idle()
            self.process.send(signal.SIGHUP)
            wait_for(lambda: is_listening(port) or not self.process.alive(), "smtpd on port %d" % port)
            assert self.process.alive(), "Postfix's master ended: " + "\n".join(self.grep("fatal|panic"))

    def listen_secure(self, milters, certificate, ca_file, accounts, **settings):
        """The same with STARTTLS, where clients are asked for a certificate, and with SASL. `accounts`: a folder of
        accounts.make(); smtpd is not chrooted here, since libsasl2 opens the database late."""
        # Debian's Postfix looks beside main.cf, whatever cyrus_sasl_config_path says
        os.makedirs(self.folder + "/etc/sasl", exist_ok=True)
        shutil.copy(accounts + "/smtpd.conf", self.folder + "/etc/sasl")
        return self.listen(milters, chroot=False, **{
            "smtpd_tls_security_level": "may", "smtpd_tls_cert_file": certificate.cert_file,
            "smtpd_tls_key_file": certificate.key_file, "smtpd_tls_CAfile": ca_file, "smtpd_tls_ask_ccert": "yes",
            "smtpd_sasl_auth_enable": "yes", "smtpd_sasl_security_options": "noanonymous",
            "smtpd_sasl_local_domain": REALM, "cyrus_sasl_config_path": accounts, **settings})

    def submit_through(self, milters):
        """What is submitted by sendmail(1) passes these (non_smtpd_milters); "" for none."""
        self.main = re.sub(r"(?m)^non_smtpd_milters = .*\n", "", self.main)
        if milters:
            self.main += "non_smtpd_milters = %s\n" % milters
        self._write("etc/main.cf", self.main)
        self.wait_idle()
        reloads = len(self.grep("reload -- version"))

        def reloaded():
            # two signals at once are one to the master, and the later one may have come before it read main.cf
            self.process.send(signal.SIGHUP)
            try:
                return wait_for(lambda: len(self.grep("reload -- version")) > reloads, "the reload of Postfix", 3)
            except Failure:
                return False
        wait_for(reloaded, "the reload of Postfix", 30)

    def submit(self, recipients, sender="ann@example.test", headers=(), **fixed):
        """Submits a message by sendmail(1); returns a Sent without replies."""
        sent = mail.Sent(mail.new_message_id())
        run(os.path.join("/usr/sbin", "sendmail"), "-C", self.folder + "/etc", "-i", "-f", sender, "--", *recipients,
            input=mail.compose(sent.message_id, headers, **fixed).replace("\r\n", "\n"),
            env={**os.environ, "MAIL_CONFIG": self.folder + "/etc"})
        return sent

    def listen_split(self, printed, domain, port):
        """Routes the reserved domain, one recipient a transaction, to the listener on `port`; `printed`: what `rollcall
        mta-config postfix` has for master.cf. One Postfix serves several daemons here, so that the services get a
        number of their own; names that macros and the log carry stay."""
        number = self.transport.count("\n") + 1
        name = "rollcall-split%d" % number
        self.main += "%s_destination_recipient_limit = 1\n" % name
        self.transport += "%s %s:[127.0.0.1]:%d\n" % (domain, name, port)
        printed = re.sub(r"(?m)^rollcall-(split|cleanup) ", r"rollcall-\g<1>%d " % number, printed)
        self.services.append(printed.replace("service_name=rollcall-cleanup", "service_name=rollcall-cleanup%d" % number))
        self._write("etc/main.cf", self.main)
        self._write("etc/transport", self.transport)
        self._write_master()
        self._listens(port)

    def add_service(self, line):
        """One more line of master.cf, in force when a session next asks for it."""
        self.services.append(line)
        self._write_master()
        self.process.send(signal.SIGHUP)

    def log(self):
        """The whole mail log."""
        try:
            with open(self.folder + "/log/mail.log", encoding="utf-8", errors="replace") as log:
                return log.read()
        except FileNotFoundError:
            return ""

    def grep(self, pattern):
        return [line for line in self.log().splitlines() if re.search(pattern, line)]

    def queued(self, *queues):
        """Names of the queue files in these queues."""
        found = []
        for queue in queues or ("maildrop", "incoming", "active", "deferred", "hold"):
            for folder, _, names in os.walk(os.path.join(self.folder, "spool", queue)):
                found += names
        return found

    def wait_idle(self, seconds=60.0):
        """Until nothing is on its way any more; what is deferred or on hold stays."""
        wait_for(lambda: not self.queued("maildrop", "incoming", "active"),
                 lambda: "an empty queue: %s" % self.queued(), seconds)

    def held(self):
        """Queue IDs of what is on hold."""
        return self.queued("hold")

    def release(self, queue_id):
        """What an administrator does: postsuper -H, and delivery at once. Returns when it has left the queue."""
        run("postsuper", "-c", self.folder + "/etc", "-H", queue_id)
        run("postqueue", "-c", self.folder + "/etc", "-i", queue_id)
        wait_for(lambda: queue_id not in self.queued(), "the end of %s" % queue_id)

    def delivered(self, sent, seconds=60.0):
        """Waits, and returns the sorted recipients of a sent message."""
        self.wait_idle(seconds)
        return self.sink.recipients(sent.message_id)
