# SPDX-License-Identifier: BSD-2-Clause
"""test_mirror.py - a mirror in step with a real slapd and a real domain controller: what changes there is used here

After each change every group's roster from the image is compared with that of a live search.
"""
import random

import ldap
import pytest

from servers import company, ldif, rollcalld, samba
from servers.mirror import Mirror
from servers.process import wait_for
from servers.slapd import BASE, Slapd

SALES = company.expected()["sales"]
STATIC = company.group_dn("static")
CHILDREN = 1000
QUICK = {"connect-timeout": "1 s", "answer-timeout": "1 s", "retry-interval": "1 s"}


def entries():
    yield from company.entries()
    yield from company.crowd(CHILDREN)
    yield company.dynamic("crowd", "(objectClass=user)", base="OU=Crowd," + ldif.BASE)
    yield company.dynamic("outsiders", "(&(objectClass=user)(!(memberOf=%s)))" % STATIC, base="OU=People," + ldif.BASE)


class SlapdSide:
    """A slapd that provides content synchronization."""

    def __init__(self, new_folder):
        self.server = Slapd(new_folder("slapd"), entries(), sync=1000).start()
        self.method, self.seconds = "syncrepl", 1.0

    inside = None

    def directory(self, **more):
        return rollcalld.from_slapd(self.server, mirror="yes", **{**QUICK, **more})

    def close(self):
        self.server.stop()


class PollSide(SlapdSide):
    def __init__(self, new_folder):
        self.server = Slapd(new_folder("slapd"), entries()).start()
        self.method, self.seconds = "poll", 3.0

    def directory(self, **more):
        return super().directory(**{"presence-interval": "1 s", **more})


class SambaSide:
    """A domain controller, as an ordinary account sees it that may read deletions."""

    def __init__(self, new_folder):
        self.server = self.inside = samba.Controller(new_folder("dc"), entries()).start()
        self.server.grant("CN=Deleted Objects," + BASE, "RPLC")
        self.method, self.seconds = "dirsync", 3.0

    def directory(self, **more):
        return rollcalld.from_controller(self.server, mirror="yes", **more)

    def close(self):
        self.server.close()


@pytest.fixture(scope="module", params=["slapd", "poll", "samba"])
def side(request, new_folder):
    made = {"slapd": SlapdSide, "poll": PollSide, "samba": SambaSide}[request.param](new_folder)
    yield made
    made.close()


@pytest.fixture(scope="module")
def mirror(side, new_folder):
    made = Mirror(new_folder("mirror"), side.directory(), inside=side.inside).start()
    made.wait_current()
    yield made
    made.stop()


def test_all_groups(side, mirror):
    assert mirror.status()["method"] == side.method
    assert mirror.verify() >= 10
    assert mirror.members("sales").via == "mirror"
    assert mirror.members("sales").routes == SALES
    assert len(mirror.members("crowd").routes) == CHILDREN


def test_changes_are_soon_there(side, mirror):
    person = company.person_dn(5)
    before = mirror.members("static").routes
    side.server.modify(STATIC, (ldap.MOD_ADD, "member", [person]))
    mirror.wait_members("static", before + [company.route(5)], side.seconds + 1)
    side.server.modify(STATIC, (ldap.MOD_DELETE, "member", [person]))
    mirror.wait_members("static", before, side.seconds + 1)
    mirror.verify()


def test_created_changed_deleted(side, mirror):
    crowd = mirror.members("crowd").routes
    dn = "CN=fresh,OU=Crowd," + BASE
    side.server.add([(dn, {"objectClass": ["user"], "proxyAddresses": ["SMTP:fresh@example.test"]})])
    mirror.wait_members("crowd", crowd + ["fresh@example.test"])
    side.server.replace(dn, proxyAddresses=["SMTP:fresher@example.test"])
    mirror.wait_members("crowd", crowd + ["fresher@example.test"])
    mirror.verify()
    side.server.delete(dn)
    mirror.wait_members("crowd", crowd)
    mirror.verify()


def test_renamed_container(side, mirror):
    """Its thousand children move without any change of their own."""
    crowd = mirror.members("crowd").routes
    side.server.rename("OU=Crowd," + BASE, "OU=Throng")
    side.server.replace(company.group_dn("crowd"), msExchDynamicDLBaseDN=["OU=Throng," + BASE])
    mirror.wait_members("crowd", crowd)
    mirror.verify()
    side.server.rename("OU=Throng," + BASE, "OU=Crowd")
    side.server.replace(company.group_dn("crowd"), msExchDynamicDLBaseDN=["OU=Crowd," + BASE])
    mirror.wait_members("crowd", crowd)
    mirror.verify()


def test_containers_change_names(side, mirror):
    """One is renamed, another made in its place, and some move there: the news come all at once, in any order."""
    crowd, old, some = "OU=Crowd," + BASE, "OU=Old," + BASE, ["CN=u%05d" % number for number in range(20, 40)]
    before = mirror.members("crowd").routes
    with mirror.stopped():
        side.server.rename(crowd, "OU=Old")
        side.server.add([(crowd, {"objectClass": ["organizationalUnit"]})])
        for name in some:
            side.server.rename("%s,%s" % (name, old), name, crowd)
    side.server.replace(company.group_dn("crowd"), msExchDynamicDLBaseDN=[crowd])
    mirror.wait_members("crowd", [route for route in before if 20 <= int(route[1:6]) < 40])
    mirror.verify()
    with mirror.stopped():
        for name in some:
            side.server.rename("%s,%s" % (name, crowd), name, old)
        side.server.delete(crowd)
        side.server.rename(old, "OU=Crowd")
    side.server.replace(company.group_dn("crowd"), msExchDynamicDLBaseDN=[crowd])
    mirror.wait_members("crowd", before)
    mirror.verify()


def test_moved_entry(side, mirror):
    crowd = mirror.members("crowd").routes
    side.server.rename("CN=u00007,OU=Crowd," + BASE, "CN=u00007", "OU=Groups," + BASE)
    moved = [route for route in crowd if not route.startswith("u00007@")]
    mirror.wait_members("crowd", moved)
    mirror.verify()
    side.server.rename("CN=u00007,OU=Groups," + BASE, "CN=u00007", "OU=Crowd," + BASE)
    mirror.wait_members("crowd", crowd)
    mirror.verify()


def test_large_group_changes(side, mirror):
    """Most members of a large group at once, in and out."""
    members = ["CN=u%05d,OU=Crowd,%s" % (number, BASE) for number in range(CHILDREN)]
    before = mirror.members("static").routes
    everybody = sorted({*before, *mirror.members("crowd").routes})
    side.server.modify(STATIC, (ldap.MOD_ADD, "member", members))
    mirror.wait_members("static", everybody)
    mirror.verify()
    side.server.modify(STATIC, (ldap.MOD_DELETE, "member", members))
    mirror.wait_members("static", before)
    mirror.verify()


def test_filter_with_an_attribute_that_is_not_mirrored(side, mirror):
    """Answered live at first, and from the image once it has caught up."""
    dn, attributes = company.dynamic("titled", "(|(title=Chief)(description=x))", base="OU=People," + ldif.BASE)
    side.server.add([(dn, attributes)])
    side.server.replace(company.person_dn(3), title=["Chief"])
    now = wait_for(lambda: (lambda one: one.routes and one)(mirror.members("titled")), "the group", 10)
    assert now.routes == [company.route(3)]
    mirror.wait_members("titled", [company.route(3)], 20)
    mirror.verify()
    side.server.replace(company.person_dn(3), title=[])
    side.server.delete(dn)


def test_rebuild(side, mirror):
    assert mirror.tell("rebuild") == ["rebuilding"]
    mirror.wait_event("mirror begun anew")
    assert mirror.members("sales").routes == SALES
    mirror.wait_current()
    assert mirror.members("sales").via == "mirror"
    mirror.verify()


def test_many_changes(side, mirror):
    """A few hundred changes of all kinds, in a random but known order; then all is as it was."""
    dice = random.Random(7)
    names = ["CN=u%05d,OU=Crowd,%s" % (number, BASE) for number in range(100)]
    connection = side.server.connect()
    before = mirror.members("static").routes
    members = connection.search_s(STATIC, ldap.SCOPE_BASE, attrlist=["member"])[0][1]["member"]
    for number in range(300):
        name = dice.choice(names)
        kind = dice.randrange(3)
        if kind == 0:
            connection.modify_s(name, [(ldap.MOD_REPLACE, "department", [b"D%d" % number])])
        elif kind == 1:
            connection.rename_s(name, name.split(",")[0], dice.choice(["OU=Crowd,", "OU=Groups,"]) + BASE)
            names[names.index(name)] = connection.search_s(BASE, ldap.SCOPE_SUBTREE, "(%s)" % name.split(",")[0],
                                                           ["cn"])[0][0]
        else:
            try:
                connection.modify_s(STATIC, [(dice.choice([ldap.MOD_ADD, ldap.MOD_DELETE]), "member", [name.encode()])])
            except (ldap.TYPE_OR_VALUE_EXISTS, ldap.ALREADY_EXISTS, ldap.NO_SUCH_ATTRIBUTE, ldap.UNWILLING_TO_PERFORM):
                pass
    mirror.verify()
    for name in names:
        if ",ou=groups," in name.lower():
            connection.rename_s(name, name.split(",")[0], "OU=Crowd," + BASE)
    connection.modify_s(STATIC, [(ldap.MOD_REPLACE, "member", members)])
    connection.unbind_s()
    mirror.wait_members("static", before)
    mirror.verify()


def test_rights_that_are_taken_away(new_folder):
    """No stream reports them: the presence pass finds out."""
    server = samba.Controller(new_folder("dc"), company.entries()).start()
    server.grant("CN=Deleted Objects," + BASE, "RPLC")
    settings = rollcalld.from_controller(server, mirror="yes", **{"presence-interval": "1 s"})
    mirror = Mirror(new_folder("mirror"), settings, inside=server).start()
    try:
        mirror.wait_current()
        assert mirror.members("lyon").routes == company.expected()["lyon"]
        server.grant("OU=Lyon,OU=People," + BASE, "LC", deny=True)
        wait_for(lambda: not mirror.members("lyon").routes, lambda: "%s %s" % (mirror.members("lyon"), mirror.status()), 30)
        assert mirror.status()["full"] == "1"
        mirror.verify()
    finally:
        mirror.stop()
        server.close()


# ---- several naming contexts in one image ----


def test_several_bases(new_folder):
    """One stream each; members lie in another one than their groups, one lies inside another, and an entry moves."""
    server = Slapd(new_folder("slapd"), entries(), sync=1000).start()
    bases = ";".join(name + BASE for name in ("OU=Groups,", "OU=People,", "OU=Lyon,OU=People,", "OU=Crowd,", "OU=Partners,"))
    mirror = Mirror(new_folder("mirror"), rollcalld.from_slapd(server, mirror="yes", base=bases, **QUICK)).start()
    try:
        mirror.wait_current()
        crowd = mirror.members("crowd").routes
        assert mirror.members("static").via == "mirror" and len(crowd) == CHILDREN
        lyon = "OU=Lyon,OU=People," + BASE
        assert mirror.members("lyon").routes == company.expected()["lyon"]
        mirror.verify()
        server.rename("CN=u00007,OU=Crowd," + BASE, "CN=u00007", lyon)
        mirror.wait_members("crowd", [route for route in crowd if not route.startswith("u00007@")])
        mirror.wait_members("lyon", company.expected()["lyon"] + ["u00007@example.test"])
        mirror.verify()
        server.delete("CN=u00007," + lyon)
        mirror.wait_members("lyon", company.expected()["lyon"])
        mirror.stop()
        mirror.start().wait_event("mirror loaded")
        mirror.wait_current()
        mirror.verify()
        assert not [event for event in mirror.events if "anew" in event], mirror.events
    finally:
        mirror.stop()
        server.stop()


def test_outside_of_the_bases(new_folder):
    """A group with a member that is not mirrored, and one whose base is not: asked of the server."""
    server = Slapd(new_folder("slapd"), entries(), sync=1000).start()
    mirror = Mirror(new_folder("mirror"), rollcalld.from_slapd(server, mirror="yes", base="OU=Groups," + BASE, **QUICK))
    try:
        mirror.start().wait_current()
        for group in ("static", "sales", "crowd"):
            now = mirror.members(group)
            assert now.via == "ldap" and now.routes, now
    finally:
        mirror.stop()
        server.stop()


def test_bases_that_are_parts_of_a_naming_context(new_folder):
    """DirSync reports the whole context; who lies beside the bases is nobody's recipient, from the image as live."""
    server = samba.Controller(new_folder("dc"), entries()).start()
    bases = ";".join(name + BASE for name in ("OU=Groups,", "OU=People,", "OU=Partners,"))
    mirror = Mirror(new_folder("mirror"), rollcalld.from_controller(server, mirror="yes", base=bases), inside=server)
    live = Mirror(new_folder("mirror"), rollcalld.from_controller(server, base=bases), inside=server)
    live.configure(mirror="no", mirror_file=None, poll_interval=None)
    try:
        mirror.start().wait_current()
        live.start()
        for name in ("u00007", "p00", "static", "lyon", "no-such-one"):
            assert mirror.members(name).kind == live.members(name).kind, name
            assert mirror.members(name).via == "mirror", name
        assert mirror.members("u00007").kind == mirror.members("no-such-one").kind
        mirror.verify()
        server.rename("CN=u00007,OU=Crowd," + BASE, "CN=u00007", "OU=Lyon,OU=People," + BASE)
        mirror.wait_members("lyon", company.expected()["lyon"] + ["u00007@example.test"])
        mirror.verify()
    finally:
        mirror.stop()
        live.stop()
        server.close()


def alone(new_folder, controller, base):
    """The same without a mirror, to compare with."""
    one = Mirror(new_folder("live"), rollcalld.from_controller(controller, base=base), inside=controller)
    return one.configure(mirror="no", mirror_file=None, poll_interval=None).start()


@pytest.mark.parametrize("units", [["People"], ["Groups", "People"]], ids=" ".join)
def test_bases_below_the_naming_context(new_folder, units):
    """DirSync brings the whole of it. What is beyond the bases has no address here, but may be a member, and go."""
    far = "CN=far,OU=Partners," + BASE
    controller = samba.Controller(new_folder("dc"), entries()).start()
    controller.grant("CN=Deleted Objects," + BASE, "RPLC")
    base = ";".join("OU=%s,%s" % (unit, BASE) for unit in units)
    mirror = Mirror(new_folder("mirror"), rollcalld.from_controller(controller, mirror="yes", base=base),
                    inside=controller)
    live = alone(new_folder, controller, base)
    try:
        controller.add([(far, {"objectClass": ["contact"], "proxyAddresses": ["SMTP:far@example.test"],
                               "targetAddress": ["SMTP:far@example.net"]})])
        controller.modify(STATIC, (ldap.MOD_ADD, "member", [far]))
        mirror.start().wait_current()
        for group in ("static", "lyon", "crowd", "sales"):
            assert mirror.members(group).routes == live.members(group).routes, group
        assert bool(live.members("static").routes) == ("Groups" in units)
        mirror.verify()
        if "Groups" in units:
            before = mirror.members("static").routes
            assert "far@example.net" in before
            controller.delete(far)
            mirror.wait_members("static", [route for route in before if route != "far@example.net"])
        mirror.verify()
    finally:
        live.stop()
        mirror.stop()
        controller.close()


HIDDEN = 'access to attrs=employeeNumber by dn.exact="cn=milter,%s" none by * read\n' % BASE


def test_what_the_image_cannot_compare(new_folder):
    """An attribute that the account may not read, of which the NOT is not true for that; and one with subtypes."""
    def groups():
        yield from company.entries()
        yield company.dynamic("hidden", "(&(objectClass=user)(!(employeeNumber=77)))")
        yield company.dynamic("labelled", "(labeledURI=*)")
    server = Slapd(new_folder("slapd"), groups(), sync=1000, access=HIDDEN).start()
    server.modify(company.person_dn(5), (ldap.MOD_ADD, "objectClass", ["extensibleObject"]),
                  (ldap.MOD_ADD, "memberURL", ["ldap:///%s??sub?(cn=x)" % BASE]))
    mirror = Mirror(new_folder("mirror"), rollcalld.from_slapd(server, mirror="yes", **QUICK)).start()
    try:
        mirror.wait_current()
        mirror.wait_event('mirror not used for filters on .*attributes="employeenumber"')
        hidden, labelled = mirror.members("hidden"), mirror.members("labelled")
        assert hidden.via == labelled.via == "ldap" and not hidden.routes, hidden
        assert labelled.routes == [company.route(5)]
        assert mirror.members("sales").via == "mirror"
        mirror.verify()
    finally:
        mirror.stop()
        server.stop()


def test_what_was_remembered_before_rights_were_known(new_folder):
    """A roster that was worked out while no server told what the account may read does not outlive the answer. The right
    was taken away meanwhile, and nothing else has changed: no version of the image tells of it."""
    groups = [*company.entries(), company.dynamic("hidden", "(&(objectClass=user)(!(employeeNumber=77)))")]
    server = Slapd(new_folder("slapd"), groups, sync=1000).start()
    mirror = Mirror(new_folder("mirror"), rollcalld.from_slapd(server, mirror="yes", **QUICK)).start()
    try:
        mirror.wait_current()
        before = mirror.members("hidden")
        assert before.via == "mirror" and before.routes
        mirror.stop()
        server.stop()
        server.allow(HIDDEN)
        mirror.start()
        mirror.wait_members("hidden", before.routes)
        server.start()
        mirror.wait_event('mirror not used for filters on .*attributes="employeenumber"')
        after = mirror.members("hidden")
        assert after.via == "ldap" and not after.routes, after
        mirror.verify()
    finally:
        mirror.stop()
        server.stop()
