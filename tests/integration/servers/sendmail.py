# SPDX-License-Identifier: BSD-2-Clause
"""sendmail.py - Debian's Sendmail, unpacked beside Postfix and never installed: own configuration, queue and port

Promises: one filter, F=T as the manual asks for; everything is delivered to one sink; its log is its own.
"""
import glob
import os

from . import cache
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
DAEMON_OPTIONS(`Name=mx, Addr=127.0.0.1, Port={port}, InputMailFilters=rollcall')
MAIL_FILTER(`rollcall', `S={filter}, F=T, T=C:30s;S:30s;R:30s;E:5m')
MAILER(`smtp')
"""


class Sendmail:
    """`filter` as after S= in the configuration: local:/PATH or inet:PORT@HOST."""

    def __init__(self, folder, filter):
        self.folder = str(folder)
        self.root = os.path.join(self.folder, "root")
        self.sink = Sink()
        self.port = free_port()
        self.process = None
        self._unpack()
        queue = os.path.join(self.folder, "queue")
        os.mkdir(queue, 0o700)
        source = os.path.join(self.folder, "sendmail.mc")
        cf = self.root + "/usr/share/sendmail/cf"
        with open(source, "w", encoding="ascii") as out:
            out.write(CONFIG.format(folder=self.folder, cf=cf, sink=self.sink.port, port=self.port, filter=filter))
        self.config = os.path.join(self.folder, "sendmail.cf")
        with open(self.config, "w", encoding="ascii") as out:
            out.write(run("m4", "-D_CF_DIR_=%s/" % cf, source))
        os.chmod(self.config, 0o644)

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

    def start(self):
        # Sendmail sleeps a minute at start if the machine's name has no dot
        named = ["unshare", "--uts", "sh", "-c", 'hostname mx.example.test && exec "$@"', "sh"]
        self.process = Process(named + [self.root + PROGRAM, "-bD", "-C", self.config, "-X",
                                        self.folder + "/traffic"], self.folder + "/log")
        wait_for(lambda: not self.process.alive() or is_listening(self.port), "Sendmail")
        assert self.process.alive(), self.process.output()
        return self

    def close(self):
        if self.process:
            self.process.stop()
            self.process = None
        self.sink.close()

    def queued(self):
        return [name for name in os.listdir(self.folder + "/queue") if name[:2] in ("qf", "df", "xf", "tf")]

    def delivered(self, sent, seconds=60.0):
        """Waits for an empty queue; returns the sorted recipients of a sent message."""
        wait_for(lambda: not self.queued(), lambda: "an empty queue: %s" % self.queued(), seconds)
        return self.sink.recipients(sent.message_id)
