# SPDX-License-Identifier: BSD-2-Clause
"""The mirror of a directory that changes, fails and goes back in time: whatever happened, mail goes to whom the server has
"""
import copy
import random
import shutil

import ldap
import pytest

from servers import company, ldif, mirrored, rollcalld, samba, slapd as slapd_server, world
from servers.process import run, wait_for
from servers.senders import sending

CROWD = 1000
UNIT = "OU=Crowd," + ldif.BASE
BIG = company.group_dn("big")
# Of the company's groups those that nobody can expand.
HOPELESS = ["broken", "nofilter", "nobase"]


class Site:
    """A server with a world and a crowd in it, and a relay with a mirror of it."""

    def __init__(self, server, made, directory, workshop, new_folder, inside=None):
        self.server, self.world, self.inside = server, made, inside
        self.settings = mirrored.settings(directory, new_folder("mirror"))
        self.relay = workshop.relay(self.settings, inside=inside)
        self.daemon = self.relay.daemon
        self.driver = self.daemon.driver().open({"{client_addr}": "127.0.0.1"})
        self.world.connect(server)
        mirrored.wait_current(self.daemon)

    def wait(self, group, roster):
        mirrored.wait_roster(self.driver, company.address(group), frozenset(roster), self.daemon)

    def wait_world(self):
        """The model says who must get what."""
        for group, roster in self.world.rosters().items():
            mirrored.wait_roster(self.driver, group, roster, self.daemon)

    def check(self):
        """And verify compares all groups with the server."""
        self.wait_world()
        mirrored.assert_right(self.daemon)

    def restart(self, change=None):
        """The server, and what happens to it meanwhile."""
        self.world.close()
        self.server.stop()
        if change:
            change()
        self.server.start()
        self.world.connect(self.server)

    def close(self):
        self.driver.close()
        self.world.close()


def crowd_entries():
    yield from company.crowd(CROWD)
    yield company.GROUPS, {"objectClass": ["organizationalUnit"]}
    yield company.dynamic("crowd", "(&(objectClass=user)(extensionAttribute2=*))")
    yield company.group("big", *crowd_dns(CROWD))


def crowd_dns(count, unit=UNIT):
    return ["CN=u%05d,%s" % (number, unit) for number in range(count)]


def on_slapd(workshop, new_folder, made):
    server = slapd_server.Slapd(new_folder("slapd"), [*made.entries(), *crowd_entries()], sync=10000).start()
    return Site(server, made, rollcalld.from_slapd(server), workshop, new_folder)


def on_samba(workshop, new_folder, made, archived):
    """Starts from the archive that other tests use."""
    server = samba.Controller(new_folder("dc"), archived)
    server.grant("CN=Deleted Objects," + ldif.BASE, "RPLC")
    server.start()
    for name in HOPELESS:
        server.delete(company.group_dn(name))
    server.add([*made.entries(), company.dynamic("crowd", "(objectClass=user)", base=UNIT)])
    return Site(server, made, rollcalld.from_controller(server), workshop, new_folder, inside=server)


@pytest.fixture(scope="module", params=["slapd", "samba"])
def site(request, shared_workshop, new_folder, archived_entries):
    made = world.World(links=request.param == "samba")
    one = (on_slapd(shared_workshop, new_folder, made) if request.param == "slapd" else
           on_samba(shared_workshop, new_folder, made, archived_entries))
    yield one
    one.close()
    one.daemon.stop()
    (one.server.stop if request.param == "slapd" else one.server.close)()


def test_every_kind_of_change(site):
    generator = random.Random(11)
    for kind in world.World.KINDS:
        for _ in range(3):
            site.world.change(kind, generator)
        site.wait_world()
    site.check()


def test_a_unit_with_a_thousand_children_is_renamed(site):
    """AD's links, and bases of groups, follow; elsewhere a member is a name that nobody has any more."""
    everybody = roster_of(site, "big")
    assert len(everybody) >= CROWD and roster_of(site, "crowd") == everybody
    site.server.modify(BIG, (ldap.MOD_ADD, "member", [site.world.dn(site.world.people[0])]))
    one = {site.world.people[0].address}
    site.server.rename(UNIT, "OU=Throng")
    site.wait("crowd", everybody)
    site.wait("big", everybody | one if site.world.links else one)
    mirrored.assert_right(site.daemon)
    site.server.rename("OU=Throng," + ldif.BASE, "OU=Crowd")
    site.wait("crowd", everybody)
    site.wait("big", everybody | one)
    site.server.modify(BIG, (ldap.MOD_DELETE, "member", [site.world.dn(site.world.people[0])]))
    site.wait("big", everybody)


def roster_of(site, group):
    found = mirrored.roster(site.driver, company.address(group))
    assert isinstance(found, frozenset), found
    return found


def test_a_large_group_changes(site):
    """Most of it in one operation, in either direction."""
    everybody, kept = roster_of(site, "big"), crowd_dns(300)
    site.server.modify(BIG, (ldap.MOD_REPLACE, "member", kept))
    site.wait("big", company.crowd_routes(300))
    site.server.modify(BIG, (ldap.MOD_ADD, "member", crowd_dns(len(everybody))[300:]))
    site.wait("big", everybody)
    site.server.modify(BIG, (ldap.MOD_DELETE, "member", crowd_dns(len(everybody))[1:]))
    site.wait("big", company.crowd_routes(1))
    site.server.modify(BIG, (ldap.MOD_ADD, "member", crowd_dns(len(everybody))[1:]))
    site.wait("big", everybody)
    mirrored.assert_right(site.daemon)


def test_the_server_restarts(site):
    generator = random.Random(12)
    site.restart()
    for _ in range(20):
        site.world.step(generator)
    site.check()


def test_the_daemon_restarts_while_much_changes(site):
    """It begins with what it stored, and catches up."""
    generator = random.Random(13)
    site.driver.close()
    site.daemon.stop()
    for _ in range(50):
        site.world.step(generator)
    site.daemon.start()
    site.driver = site.daemon.driver().open({"{client_addr}": "127.0.0.1"})
    mirrored.wait_current(site.daemon)
    site.check()


def test_the_server_is_restored_from_an_older_state(site):
    generator = random.Random(14)
    database = site.server.folder + ("/private" if site.world.links else "/db")
    site.restart(lambda: run("cp", "-a", "--sparse=always", database, database + ".older"))
    before = model(site.world)
    for _ in range(30):
        site.world.step(generator)
    site.check()

    def restore():
        shutil.rmtree(database)
        run("mv", database + ".older", database)
        site.world.__dict__.update(before)
    site.restart(restore)
    site.check()
    for _ in range(10):
        site.world.step(generator)
    site.check()


def model(made):
    """What the world's model consists of, for going back to it."""
    return copy.deepcopy({name: getattr(made, name) for name in ("people", "clubs", "units")})


def test_changes_while_fifty_sessions_send(site):
    generator, mta = random.Random(15), site.relay.mta
    groups = [address for address in site.world.rosters() if not address.startswith("others@")]
    with sending(site.relay.port, groups, 15, lambda: len(mta.sink.kept), pause=0.5) as senders:
        for _ in range(150):
            site.world.step(generator)
        senders.wait_more(50)
        senders.finish(mta)
    faults = senders.judge(site.world, lambda identity: [one for one in [mta.sink.recipients(identity)] if one])
    assert not faults, "\n".join(faults[:10])
    site.check()


# ---- two servers ----


@pytest.fixture
def pair(workshop, new_folder):
    """A site with a second slapd that holds nothing yet and stands still."""
    made = world.World()
    first = slapd_server.Slapd(new_folder("slapd"), made.entries(), sync=10000).start()
    second = slapd_server.Slapd(new_folder("slapd"), (), sync=10000)
    one = Site(first, made, rollcalld.from_slapd(first, uri="%s %s" % (first.uri, second.uri)), workshop, new_folder)
    yield one, second
    one.close()
    for server in (first, second):
        server.stop()


def test_two_servers_alternate(pair):
    """Replicas of each other, one of them there at a time: the cookie of one is good for the other."""
    site, standing = pair
    generator = random.Random(16)
    for _ in range(2):
        running = site.server
        site.world.close()
        running.stop()
        shutil.rmtree(standing.folder + "/db")
        shutil.copytree(running.folder + "/db", standing.folder + "/db", ignore=shutil.ignore_patterns("lock.mdb"))
        site.server, standing = standing, running
        site.server.start()
        site.world.connect(site.server)
        for _ in range(5):
            site.world.step(generator)
        wait_for(lambda: mirrored.state(site.daemon) == "current", "the other server", 30, 0.1)
        site.check()


def test_another_server_has_the_same_under_other_identities(pair):
    """Nothing of what is kept is there any more, by its identity: that is not believed before it was seen twice. The cookie
    is of no use here."""
    site, other = pair
    site.world.close()
    site.server.stop()
    shutil.rmtree(other.folder + "/db")
    run("mkdir", other.folder + "/db")
    other._load(site.world.entries())
    site.server = other.start()
    site.world.connect(other)
    site.check()
    site.world.change("modify_team", random.Random(17))
    site.check()
