# SPDX-License-Identifier: BSD-2-Clause
"""conftest.py - what the integration tests start from

ROLLCALL_BUILD: the folder with rollcalld and rollcall (default: the source tree). ROLLCALL_CACHE: where archives of
costly servers are kept. ROLLCALL_KEEP=1 keeps the scratch folder. Needs root: Postfix, chroot, namespaces.
"""
import itertools
import os
import shutil
import sys
import tempfile

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(__file__))

from servers import (company, exchange, front as fronts, ldif, postfix as postfix_server, rollcalld, samba,  # noqa: E402
                     slapd as slapd_server, stream_follower)
from servers.process import free_port  # noqa: E402

CROWD = 10000
BIG = 1600


def everybody():
    """The company, a crowd, and groups of it."""
    yield from company.entries()
    yield from company.crowd(CROWD)
    yield company.dynamic("crowd", "(objectClass=user)", base="OU=Crowd," + ldif.BASE)
    yield company.dynamic("hundred", "(extensionAttribute2=Crowd-7)", base="OU=Crowd," + ldif.BASE)
    yield company.group("big", *("CN=u%05d,OU=Crowd,%s" % (number, ldif.BASE) for number in range(BIG)))


@pytest.fixture(scope="session")
def scratch():
    """A folder that servers running as other users can enter (pytest's own cannot)."""
    for program in (rollcalld.DAEMON, rollcalld.COMMAND):
        if not os.access(program, os.X_OK):
            pytest.exit("%s is missing: build first, or set ROLLCALL_BUILD" % program, 2)
    folder = tempfile.mkdtemp(prefix="rcit-", dir=os.environ.get("TMPDIR", "/tmp"))
    os.chmod(folder, 0o755)
    yield folder
    if os.environ.get("ROLLCALL_KEEP") == "1":
        sys.stderr.write("\nkept: %s\n" % folder)
    else:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def new_folder(scratch):
    """new_folder(NAME): a fresh folder with a short path (sockets live there)."""
    numbers = itertools.count(1)

    def make(name):
        folder = os.path.join(scratch, "%s%d" % (name, next(numbers)))
        os.mkdir(folder)
        return folder
    return make


@pytest.fixture(scope="session", autouse=True)
def machine_postfix(new_folder):
    """What rollcall's own questions to Postfix find, whatever this machine's Postfix is set up for, if it is at all."""
    folder = postfix_server.write_plain(new_folder("machine"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAIL_CONFIG", folder)
        yield folder


@pytest.fixture(scope="session")
def mta(new_folder):
    """One Postfix for all tests; each gets services of its own by mta.listen()."""
    server = postfix_server.Postfix(new_folder("postfix")).start()
    yield server
    server.close()


@pytest.fixture(scope="session")
def slapd(new_folder):
    """One slapd with everybody in it, for tests that do not disturb it."""
    server = slapd_server.Slapd(new_folder("slapd"), everybody()).start()
    yield server
    server.stop()


@pytest.fixture
def new_slapd(new_folder):
    """new_slapd(ENTRIES, **options): a slapd to be stopped, frozen or changed."""
    made = []

    def make(entries=None, **options):
        server = slapd_server.Slapd(new_folder("slapd"), company.entries() if entries is None else entries, **options)
        made.append(server)
        return server.start()
    yield make
    for server in made:
        server.stop()


@pytest.fixture
def follow():
    """follow(OPTION...): a running stream-probe, asked to end and looked at afterwards."""
    made = []

    def start(*options, **more):
        made.append(stream_follower.Follower(*options, **more))
        return made[-1]
    yield start
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def archived_entries():
    """The company and a big group: the archive of a controller with these is there once one test has asked for it."""
    return [*company.entries(), *company.crowd(BIG),
            company.group("big", *("CN=u%05d,OU=Crowd,%s" % (number, ldif.BASE) for number in range(BIG)))]


@pytest.fixture(scope="session")
def controller(new_folder, archived_entries):
    """One Samba domain controller with the company and a big group."""
    server = samba.Controller(new_folder("dc"), archived_entries).start()
    yield server
    server.close()


@pytest.fixture(scope="session")
def contoso(controller):
    """The same controller, with the people of an Exchange organization."""
    controller.add(exchange.people())
    return controller


@pytest.fixture(scope="session")
def company_ldif(new_folder):
    """The same company as a file, as an export of a domain controller reads."""
    path = os.path.join(new_folder("ldif"), "company.ldif")
    with open(path, "w", encoding="utf-8") as out:
        out.write(ldif.text([ldif.TOP, *ldif.exported(everybody())]))
    return path


class Relay:
    """A rollcalld, and an smtpd service of the common Postfix that asks it."""

    def __init__(self, mta, daemon, milters):
        self.mta, self.daemon, self.milters = mta, daemon, milters
        self.port = mta.listen(milters)

    def listen(self, **settings):
        """One more smtpd service for the same daemon."""
        return self.mta.listen(self.milters, **settings)


class Workshop:
    """Starts daemons, and stops them at its end."""

    def __init__(self, mta, new_folder, retired):
        self.mta, self.new_folder, self.retired, self.daemons = mta, new_folder, retired, []

    def daemon(self, directory, tcp=False, **options):
        """A rollcalld, on a socket inside the mail queue; with `split_domain` a port is chosen for the MTA's second
        listener."""
        folder = self.new_folder("rc")
        if "split_domain" in options:
            options = {"split_listener": "inet:%d@127.0.0.1" % free_port(), **options}
        where = None if tcp else self.mta.socket(os.path.basename(folder))[0]
        self.daemons.append(rollcalld.Rollcalld(folder, directory, where=where, **options))
        return self.daemons[-1].start()

    def relay(self, directory, **options):
        """A daemon and an smtpd service; with `split_domain` the second listener too."""
        daemon = self.daemon(directory, **options)
        name = "inet:127.0.0.1:%d" % daemon.port if daemon.port else "unix:rollcall/" + os.path.basename(daemon.socket)
        made = Relay(self.mta, daemon, "{ %s, default_action=tempfail }" % name)
        if "split_domain" in options:
            self.mta.listen_split(daemon.mta_config("postfix", "master.cf"), options["split_domain"], daemon.split_port)
        return made

    def close(self):
        """Tells them to stop. They need up to five seconds (libmilter looks at its listener no more often), so the
        waiting, and the checks that go with it, is done for all at the end."""
        for daemon in reversed(self.daemons):
            daemon.retire()
        self.retired.extend(reversed(self.daemons))


@pytest.fixture(scope="session")
def retired(scratch):
    """Daemons that were told to stop: each must have done so, without a sanitizer's complaint. Their logs lie in
    `scratch`, so it goes later."""
    daemons, failures = [], []
    yield daemons
    for daemon in daemons:
        try:
            daemon.stop()
        except AssertionError as failure:
            failures.append(str(failure))
    assert not failures, "\n".join(failures)


@pytest.fixture
def workshop(mta, new_folder, retired):
    made = Workshop(mta, new_folder, retired)
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared_workshop(mta, new_folder, retired):
    made = Workshop(mta, new_folder, retired)
    yield made
    made.close()


# ---- both MTAs behind one face ----


@pytest.fixture(scope="session")
def special_ldif(new_folder):
    """The company with company.special(), as a file."""
    path = os.path.join(new_folder("ldif"), "special.ldif")
    with open(path, "w", encoding="utf-8") as out:
        out.write(ldif.text([ldif.TOP, *ldif.exported([*company.entries(), *company.special()])]))
    return path


@pytest.fixture(scope="session")
def world(new_folder):
    return fronts.World(new_folder("world"))


@pytest.fixture(scope="session")
def made_fronts(mta, new_folder, retired, special_ldif, world):
    """made_fronts(KIND): made when first asked for, one of a kind."""
    made, workshop = {}, Workshop(mta, new_folder, retired)

    def make(kind):
        if kind not in made:
            made[kind] = fronts.MAKERS[kind](workshop, rollcalld.from_ldif(special_ldif), world)
        return made[kind]
    yield make
    for one in made.values():
        one.close()
    workshop.close()


@pytest.fixture(params=["postfix", "sendmail"])
def front(request, made_fronts):
    return made_fronts(request.param)
