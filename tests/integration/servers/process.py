# SPDX-License-Identifier: BSD-2-Clause
"""process.py - child processes, ports and waiting

Promises: a child ends with the test run, whatever way that ends (PR_SET_PDEATHSIG); nothing but our own children is
ever signalled. Waiting is always for a condition, with an end.
"""
import os
import signal
import socket
import subprocess
import time

PORTS = range(*(int(n) for n in os.environ.get("ROLLCALL_PORTS", "23000-24000").split("-")))


class Failure(Exception):
    """A server of ours did not do what the tests need."""


def wait_for(condition, what, seconds=20.0, interval=0.01):
    """Calls `condition` until it returns something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise Failure("waited %g s in vain for %s" % (seconds, what() if callable(what) else what))
        time.sleep(interval)


def is_listening(port):
    """Whether somebody listens there, on whichever address. The kernel's table is read: a connection would be an SMTP
    session, and binding the port to see whether it is free takes it from the server that is about to."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table, encoding="ascii") as lines:
            for line in lines:
                _, local, _, state, *_ = line.split()
                if state == "0A" and local.endswith(":%04X" % port):
                    return True
    return False


_reserved = []


def _reserve(port):
    """Takes a port for this run for good, so that another run at the same time takes another: an abstract socket is
    the token, and vanishes with us. None: taken, or in use."""
    token = socket.socket(socket.AF_UNIX)
    try:
        token.bind("\0rollcall-test-port-%d" % port)
    except OSError:
        token.close()
        return None
    if is_listening(port):
        token.close()
        return None
    return token


def free_port(count=1):
    """The first of `count` consecutive ports that nobody uses; none is given twice."""
    first = PORTS.start + os.getpid() * 7 % len(PORTS)
    for offset in range(len(PORTS)):
        port = PORTS.start + (first - PORTS.start + offset) % (len(PORTS) - count)
        tokens = [_reserve(one) for one in range(port, port + count)]
        if all(tokens):
            _reserved.extend(tokens)
            return port
        for token in filter(None, tokens):
            token.close()
    raise Failure("no free port in %s" % PORTS)


def run(*command, input=None, env=None, cwd=None, timeout=120):
    """Runs a command to its end; returns its standard output as text, or raises with everything it said."""
    done = subprocess.run([str(word) for word in command], input=input, env=env, cwd=cwd, timeout=timeout,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=not isinstance(input, bytes))
    if done.returncode != 0:
        raise Failure("%s: exit %d\n%s%s" % (" ".join(map(str, command)), done.returncode, done.stdout, done.stderr))
    return done.stdout


class Process:
    """One child, leader of its own process group, output in a file."""

    def __init__(self, command, log, env=None, cwd=None, inside=None):
        self.log = log
        self.frozen = False
        prefix = ["setpriv", "--pdeathsig", "KILL", "--"] + (inside.enter() if inside else [])
        with open(log, "ab") as out:
            self.child = subprocess.Popen(prefix + [str(word) for word in command], stdin=subprocess.DEVNULL,
                                          stdout=out, stderr=out, env=env, cwd=cwd, start_new_session=True)

    @property
    def pid(self):
        return self.child.pid

    def alive(self):
        return self.child.poll() is None

    def send(self, number):
        if self.alive():
            self.child.send_signal(number)

    def freeze(self):
        """Stops the process as if the machine hung: sockets stay open, nothing answers. Returns once it stands."""
        self.send(signal.SIGSTOP)
        self.frozen = True
        wait_for(lambda: open("/proc/%d/stat" % self.pid).read().rsplit(")", 1)[1].split()[0] == "T", "SIGSTOP")

    def thaw(self):
        """Only one that is frozen: the signal would undo the stop by which LeakSanitizer looks at a process that ends."""
        if self.frozen:
            self.send(signal.SIGCONT)
        self.frozen = False

    def wait(self, seconds=20.0):
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure("%s did not end in %g s:\n%s" % (self.child.args, seconds, self.output()[-2000:])) from None

    def stop(self, number=signal.SIGTERM, seconds=20.0):
        """Asks the process to end and waits; whoever of its group is left after that is killed."""
        try:
            self.thaw()
            self.send(number)
            return self.wait(seconds)
        finally:
            self.kill()

    def kill(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        return self.child.wait()

    def output(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()


class Namespace:
    """A network and mount namespace of its own, held open by a sleeping child: it vanishes with it, nothing leaks.

    `hosts` and `resolver` take the place of /etc/hosts and /etc/resolv.conf inside.
    """

    def __init__(self, folder, address, hosts, resolver):
        self.holder = None
        for name, text in (("hosts", hosts), ("resolv.conf", resolver)):
            with open("%s/%s" % (folder, name), "w", encoding="ascii") as out:
                out.write(text)
        script = ('mount --bind "$1/hosts" /etc/hosts && mount --bind "$1/resolv.conf" /etc/resolv.conf && '
                  'ip link set lo up && ip addr add "$2/32" dev lo && touch "$1/ready" && exec sleep infinity')
        ready = "%s/ready" % folder
        if os.path.exists(ready):
            os.unlink(ready)
        holder = Process(["unshare", "--net", "--mount", "--propagation", "private",
                          "sh", "-c", script, "sh", folder, address], "%s/namespace.log" % folder)
        try:
            wait_for(lambda: os.path.exists(ready) or not holder.alive(), "the network namespace")
            if not holder.alive():
                raise Failure("no network namespace: " + holder.output())
        except Failure:
            holder.kill()
            raise
        self.holder = holder

    def enter(self):
        """The words before a command that make it run inside."""
        return ["nsenter", "--target", str(self.holder.pid), "--net", "--mount", "--wd=/", "--"]

    def close(self):
        self.holder.kill()
