# SPDX-License-Identifier: BSD-2-Clause
"""sendmail.py - Debian's Sendmail, unpacked beside Postfix and never installed: own configuration, queue and ports

Promises: one filter, F=T as the manual asks for; everything is delivered to one sink; its log is its own. With
          listen_secure() STARTTLS and SASL, with take() what rollcall mta-config prints; both before start().
"""
import glob
import os

from . import cache
from .accounts import REALM
from .process import Process, free_port, is_listening, run, wait_for
from .sink import Sink

PACKAGES = ("sendmail-bin", "sendmail-cf", "sendmail-base")
PROGRAM = "/usr/libexec/sendmail/sendmail"

CONFIG = """\
divert(-1)
define(`_CF_DIR_', `{cf}/')
include(`{cf}/m4/cf.m4')
divert(0)
OSTYPE(linux)
define(`confPID_FILE', `{folder}/pid')
define(`QUEUE_DIR', `{folder}/queue')
define(`ALIAS_FILE', `')
define(`STATUS_FILE', `{folder}/statistics')
define(`HELP_FILE', `')
define(`confDOMAIN_NAME', `mx.example.test')
define(`confBIND_OPTS', `')
define(`confDONT_PROBE_INTERFACES', `True')
define(`confTO_IDENT', `0')
define(`confDELIVERY_MODE', `background')
define(`confLOG_LEVEL', `9')
define(`confREFUSE_LA', `1000')
define(`confQUEUE_LA', `1000')
define(`confTRUSTED_USER', `root')
define(`confDEF_USER_ID', `0:0')
define(`confMAX_DAEMON_CHILDREN', `0')
define(`confDONT_BLAME_SENDMAIL', `GroupReadableKeyFile,GroupWritableDirPathSafe,TrustStickyBit')
FEATURE(`nocanonify')
FEATURE(`accept_unresolvable_domains')
FEATURE(`promiscuous_relay')
FEATURE(`no_default_msa')
define(`SMART_HOST', `smtp:[127.0.0.1]')
define(`SMTP_MAILER_ARGS', `TCP $h {sink}')
define(`RELAY_MAILER_ARGS', `TCP $h {sink}')
DAEMON_OPTIONS(`Name=mx, Addr=127.0.0.1, Port={port}')
{secure}{filter}MAILER(`smtp')
{printed}{local}"""

FILTER = """\
INPUT_MAIL_FILTER(`rollcall', `S={filter}, F=T, T=C:30s;S:30s;R:30s;E:5m')
"""
# confTLS_SRV_OPTIONS is left alone: without V in it clients are asked for a certificate.
SECURE = """\
define(`confCACERT', `{ca_file}')
define(`confCACERT_PATH', `{folder}')
define(`confSERVER_CERT', `{certificate.cert_file}')
define(`confSERVER_KEY', `{certificate.key_file}')
TRUST_AUTH_MECH(`PLAIN LOGIN CRAM-MD5')
define(`confAUTH_MECHANISMS', `PLAIN LOGIN CRAM-MD5')
define(`confAUTH_REALM', `{realm}')
"""
# libsasl2 looks there before /etc/sasl2 and /usr/lib/sasl2
LOCAL = """\
LOCAL_CONFIG
ESASL_CONF_PATH={accounts}
"""


class Sendmail:
    """`filter` as after S= in the configuration: local:/PATH or inet:PORT@HOST."""

    def __init__(self, folder, filter):
        self.folder = str(folder)
        self.root = os.path.join(self.folder, "root")
        self.sink = Sink()
        self.port = free_port()
        self.process = None
        self.config = os.path.join(self.folder, "sendmail.cf")
        self.parts = {"filter": FILTER.format(filter=filter), "secure": "", "printed": "", "local": ""}
        self._unpack()
        os.mkdir(os.path.join(self.folder, "queue"), 0o700)
        self._configure()

    def listen_secure(self, certificate, ca_file, accounts):
        """STARTTLS, where clients are asked for a certificate, and SASL; `accounts`: a folder of accounts.make()."""
        self.parts["secure"] = SECURE.format(certificate=certificate, ca_file=ca_file, realm=REALM,
                                             folder=self.folder)
        self.parts["local"] = LOCAL.format(accounts=accounts)
        self._configure()

    def take(self, printed, table):
        """What `rollcall mta-config sendmail` prints for sendmail.mc and for the mailertable."""
        path = self._write("mailertable", table)
        self.parts["printed"] = printed.replace("FEATURE(`mailertable')",
                                                "FEATURE(`mailertable', `text -k0 -v1 -o %s')" % path)
        self.parts["filter"] = ""  # in `printed`
        self._configure()

    def _write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="ascii") as out:
            out.write(text)
        os.chmod(path, 0o644)
        return path

    def _configure(self):
        cf = self.root + "/usr/share/sendmail/cf"
        source = self._write("sendmail.mc", CONFIG.format(
            folder=self.folder, cf=cf, sink=self.sink.port, port=self.port, **self.parts))
        self._write("sendmail.cf", run("m4", "-D_CF_DIR_=%s/" % cf, source))

    def _unpack(self):
        """The packages are fetched once; dpkg -x changes nothing on the machine."""
        debs = os.path.join(cache.folder(), "sendmail")
        if len(glob.glob(debs + "/*.deb")) < len(PACKAGES):
            os.makedirs(debs, exist_ok=True)
            # apt would fetch as user _apt, who cannot write here
            run("apt-get", "-o", "APT::Sandbox::User=root", "download", *PACKAGES, cwd=debs, timeout=300)
        for deb in glob.glob(debs + "/*.deb"):
            run("dpkg", "-x", deb, self.root)
        # setgid programs lose the signal at their parent's death
        os.chmod(self.root + PROGRAM, 0o755)

    def command(self, *arguments):
        """sendmail with our configuration. It would sleep a minute if the machine's name has no dot."""
        return ["unshare", "--uts", "sh", "-c", 'hostname mx.example.test && exec "$@"', "sh",
                self.root + PROGRAM, "-C", self.config, *arguments]

    def start(self):
        self.process = Process(self.command("-bD", "-X", self.folder + "/traffic"), self.folder + "/log")
        wait_for(lambda: not self.process.alive() or is_listening(self.port), "Sendmail")
        assert self.process.alive(), self.process.output()
        return self

    def close(self):
        if self.process:
            self.process.stop()
            self.process = None
        self.sink.close()

    def _queue(self, kinds):
        return [name for name in os.listdir(self.folder + "/queue") if name[:2] in kinds]

    def held(self):
        """Queue IDs of what is quarantined."""
        return [name[2:] for name in self._queue(("hf",))]

    def release(self, queue_id):
        """What an administrator does: -Q takes the quarantine off, and a queue run delivers."""
        run(*self.command("-qQ", "-Q", "-qI" + queue_id))
        run(*self.command("-qI" + queue_id))

    def run_queue(self):
        """Everything that waits is tried now."""
        run(*self.command("-q"))

    def queued(self):
        """Names of files that stand for mail under way; what is quarantined stays out."""
        held = self.held()
        return [name for name in self._queue(("qf", "df", "xf", "tf")) if name[2:] not in held]

    def wait_idle(self, seconds=60.0):
        wait_for(lambda: not self.queued(), lambda: "an empty queue: %s" % self.queued(), seconds)

    def delivered(self, sent, seconds=60.0):
        """Waits for an empty queue; returns the sorted recipients of a sent message."""
        self.wait_idle(seconds)
        return self.sink.recipients(sent.message_id)
