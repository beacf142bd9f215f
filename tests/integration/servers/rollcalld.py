# SPDX-License-Identifier: BSD-2-Clause
"""rollcalld.py - the daemon under test, with a configuration of its own, and the command beside it

Promises: at its end every daemon is asked to stop, must do so with status 0, and must not have left a sanitizer's
          report in its log; only kill() is exempt from the status.
"""
import os
import re
import signal
import subprocess

from .process import Failure, Process, free_port, wait_for
from .milter_driver import Driver

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
BUILD = os.path.abspath(os.environ.get("ROLLCALL_BUILD", TOP))
DAEMON = os.path.join(BUILD, "rollcalld")
COMMAND = os.path.join(BUILD, "rollcall")
# GLib's own allocator hands memory from thread to thread by locks that sanitizers do not see (GLib, "Running GLib
# Applications": always-malloc is meant for such tools).
ENVIRONMENT = {"G_SLICE": "always-malloc"}
# For what sees servers go: LeakSanitizer's suppressions name functions of libldap, which the quick unwinder does not see.
# The other one is slow, but not for a few frames.
WITH_SERVERS = {**ENVIRONMENT,
           "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":fast_unwind_on_malloc=0:malloc_context_size=6"}
REPORT = re.compile(r"ERROR: (?:Address|Leak|Thread)Sanitizer|WARNING: ThreadSanitizer|runtime error:")


def as_it_stands(more):
    """Live searches and nothing kept, unless the test says otherwise: what was changed a moment ago counts."""
    return {"mirror": "no", "cache-time": "0 s"} if "mirror" not in more and "cache-time" not in more else {}


def from_slapd(server, tls=False, **more):
    """[directory] for a slapd.Slapd."""
    settings = {"source": "ldap", "base": "DC=example,DC=test", "bind": "simple",
                "bind-dn": "cn=milter,DC=example,DC=test", "password-file": server.password_file,
                "uri": server.tls_uri if tls else server.uri, "tls": "required" if tls else "none"}
    if tls:
        settings["tls-ca-file"] = server.ca_file
    return {**settings, **as_it_stands(more), **more}


def from_controller(controller, **more):
    """[directory] for a samba.Controller: ldaps and Kerberos."""
    settings = {"source": "ldap", "base": "DC=example,DC=test", "uri": "ldaps://dc1.example.test", "bind": "gssapi",
                "keytab": controller.keytab, "tls-ca-file": controller.ca_file}
    return {name: value for name, value in {**settings, **as_it_stands(more), **more}.items() if value is not None}


def from_ldif(path, **more):
    return {"source": "ldif", "file": path, **more}


def write_config(path, milter, directory, limits=None, groups=None, sections=None):
    """`groups`: address -> its settings. `sections`: name of any other section -> its settings."""
    sections = {"milter": milter, "directory": directory, "limits": limits or {}, **(sections or {}),
                **{"group " + address: settings for address, settings in (groups or {}).items()}}
    with open(path, "w", encoding="utf-8") as out:
        for name, settings in sections.items():
            if settings:
                out.write("[%s]\n%s\n" % (name, "".join("%s = %s\n" % item for item in settings.items())))
    return str(path)


class Rollcalld:
    """`where`: a path for the unix socket, or None for TCP. `inside`: a samba.Controller whose namespace it runs in.
    `sections`: of the configuration, beside [milter] and [directory]: name -> keys and values. Keys of [milter] come as
    keyword arguments with _ for -."""

    def __init__(self, folder, directory, where=None, inside=None, limits=None, groups=None, sections=None, **milter):
        self.folder = str(folder)
        os.makedirs(self.folder, exist_ok=True)
        self.directory, self.limits, self.groups = directory, limits, groups
        self.control = self.folder + "/control.sock"
        given = sections or {}
        self.sections = {**given, "control": {"socket": self.control, **given.get("control", {})},
                         "state": {"file": self.folder + "/state.db", **given.get("state", {})}}
        self.config = os.path.join(self.folder, "rollcall.conf")
        self.controller = inside
        self.socket, self.port = where, None if where else free_port()
        self.milter = {"socket": "unix:" + where if where else "inet:%d@127.0.0.1" % self.port,
                       "domains": "example.test", "user": "", "trusted-networks": "127.0.0.0/8",
                       "key-file": self.folder + "/trace.key", "lock-file": self.folder + "/lock",
                       **{name.replace("_", "-"): value for name, value in milter.items()}}
        self.process = None
        self.configure()

    def configure(self, **milter):
        """Writes rollcall.conf; None takes a key out. In force after start() or reload()."""
        self.milter.update({name.replace("_", "-"): value for name, value in milter.items()})
        keys = {name: value for name, value in self.milter.items() if value is not None}
        return write_config(self.config, keys, self.directory, self.limits, self.groups, self.sections)

    @property
    def address(self):
        """For the driver."""
        return self.socket or ("127.0.0.1", self.port)

    def start(self):
        environment = {**(self.controller.environment if self.controller else os.environ),
                       **(WITH_SERVERS if self.directory.get("source") == "ldap" else ENVIRONMENT)}
        self.process = Process([DAEMON, "-f", "-c", self.config], self.folder + "/log", env=environment,
                               inside=self.controller.inside if self.controller else None)
        wait_for(lambda: not self.process.alive() or self.answers(), "rollcalld", 30)
        if not self.process.alive():
            raise Failure("rollcalld ended with status %s:\n%s" % (self.process.wait(), self.log()))
        return self

    @property
    def split_port(self):
        """Of split-listener."""
        return int(re.match(r"inet6?:(\d+)@", self.milter["split-listener"]).group(1))

    def mta_config(self, mta, part):
        """What `rollcall mta-config` prints for one file."""
        return command("mta-config", mta, "--config", self.config, "--part", part).stdout

    def answers(self):
        try:
            Driver(self.address, timeout=5).close()
            return True
        except (OSError, ConnectionError):
            return False

    def log(self):
        """Of all its starts."""
        with open(self.folder + "/log", encoding="utf-8", errors="replace") as log:
            return log.read()

    def grep(self, pattern):
        return [line for line in self.log().splitlines() if re.search(pattern, line)]

    def wait_log(self, pattern, seconds=20.0):
        """The first line that matches, once it is there."""
        return wait_for(lambda: self.grep(pattern), lambda: "%r in the log:\n%s" % (pattern, self.log()[-3000:]),
                        seconds)[0]

    def driver(self, *arguments, **more):
        return Driver(self.address, *arguments, **more)

    def reload(self):
        self.process.send(signal.SIGUSR1)

    def retire(self):
        """SIGTERM without waiting; stop() does that later."""
        if self.process:
            self.process.send(signal.SIGTERM)

    def stop(self):
        """SIGTERM, and everything that must be true then."""
        if self.process is None:
            return
        try:
            status = self.process.stop(seconds=60)
            assert status == 0, "rollcalld ended with status %d:\n%s" % (status, self.log()[-3000:])
        finally:
            self.check_reports()
            self.process = None

    def kill(self):
        """SIGKILL."""
        self.process.kill()
        self.process = None
        self.check_reports()

    def check_reports(self):
        log = self.log()
        found = REPORT.search(log)
        assert not found, log[found.start():found.start() + 8000]


def command(*arguments, controller=None, status=0):
    """Runs `rollcall` with arguments; returns the finished process. `status` None: any."""
    prefix = controller.inside.enter() if controller else []
    done = subprocess.run(prefix + [COMMAND, *map(str, arguments)], text=True, stdin=subprocess.DEVNULL, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**(controller.environment if controller else os.environ), **ENVIRONMENT})
    assert status is None or done.returncode == status, "rollcall %s: status %d\n%s%s" % (
        " ".join(map(str, arguments)), done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    assert not REPORT.search(done.stderr), done.stderr[:8000]
    return done
