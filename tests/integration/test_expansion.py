# SPDX-License-Identifier: BSD-2-Clause
"""One message to each kind of group, through a real Postfix, from each kind of directory: who gets it?"""
import pytest

from servers import company, ldif, mail, rollcalld
from servers.company import address, route

PEOPLE = company.PEOPLE

# What only Active Directory's rules can answer.
AD_GROUPS = {
    "ad-category": ("(&(objectCategory=person)(department=Finance))",
                    company.routes(lambda number: number % 4 == 2)),
    "ad-bits": ("(&(objectCategory=person)(userAccountControl:1.2.840.113556.1.4.803:=32)(l=Oslo))",
                company.routes(lambda number: number % 3 == 2)),
    "ad-chain": ("(memberOf:1.2.840.113556.1.4.1941:=CN=nested,OU=Groups,DC=example,DC=test)",
                 sorted([route(1), route(2), route(3), "partner1@partner.example.org", *company.expected()["sales"]])),
    "ad-anr": ("(&(objectClass=user)(anr=Given01))", [route(1)]),
    "ad-undefined": ("(&(objectClass=user)(l=Lyon)(!(noSuchAttribute=1)))", None),
}


@pytest.fixture(scope="module", params=["ldif", "slapd", "controller"])
def source(request):
    return request.param


@pytest.fixture(scope="module")
def relay(source, request, shared_workshop):
    server = request.getfixturevalue("company_ldif" if source == "ldif" else source)
    if source == "ldif":
        return shared_workshop.relay(rollcalld.from_ldif(server))
    if source == "slapd":
        return shared_workshop.relay(rollcalld.from_slapd(server, tls=True))
    return shared_workshop.relay(rollcalld.from_controller(server), inside=server)


def members(relay, group, **more):
    """What the command says."""
    shown = rollcalld.command("--config", relay.daemon.config, "members", address(group), "--format", "addresses",
                              controller=relay.daemon.controller, **more)
    return shown.stdout.splitlines()


def test_every_kind_of_group(relay):
    wanted = company.expected()
    sent = {group: mail.send(relay.port, address(group)) for group in wanted}
    assert {group: one.final for group, one in sent.items() if not one.accepted} == {}
    got = {group: relay.mta.delivered(one) for group, one in sent.items()}
    assert got == wanted


def test_the_command_says_what_mail_does(source, relay):
    wanted = company.expected()
    if source == "controller":  # reading its schema costs most of a second each time
        wanted = {group: wanted[group] for group in ("sales", "nested", "allgroups", "withm365")}
    assert {group: members(relay, group) for group in wanted} == wanted


def test_two_groups_and_plain_recipients(relay):
    """Each address once: p00 and p36 are in both groups, p12 is named and a member, in another spelling."""
    plain = ["P12@Example.Test", "someone@elsewhere.example", "p01@example.test"]
    sent = mail.send(relay.port, [address("sales"), plain[0], plain[1], "Berlin@EXAMPLE.test", plain[2]])
    assert sent.accepted
    groups = set(company.expected()["sales"]) | set(company.expected()["berlin"])
    wanted = sorted((groups - {"p12@example.test"}) | set(plain))
    assert relay.mta.delivered(sent) == wanted


def test_a_group_is_found_in_any_spelling(relay):
    sent = mail.send(relay.port, "STATIC@Example.TEST")
    assert relay.mta.delivered(sent) == company.expected()["static"]


def test_big_static_group(relay):
    sent = mail.send(relay.port, address("big"))
    assert sent.accepted
    assert relay.mta.delivered(sent) == company.crowd_routes(1600)


def test_tenant_group_is_not_expanded(relay):
    sent = mail.send(relay.port, address("m365"))
    assert relay.mta.delivered(sent) == [address("m365")]


def test_log_names_what_happened(relay):
    sent = mail.send(relay.port, [address("static"), "p02@example.test"])
    relay.mta.wait_idle()
    line = relay.daemon.wait_log(r"%s: expanded: group=<static@example\.test>" % sent.queue_id)
    for word in ("members=3", "new=2", "skipped=1", "via="):
        assert word in line
    line = relay.daemon.wait_log(r"%s: envelope: " % sent.queue_id)
    for word in ("from=<ann@example.net>", "removed=1", "added=2"):
        assert word in line


def test_active_directory_filters(request, source, shared_workshop, new_folder):
    """Filters that only AD's rules answer; as documented where Samba deviates (undefined attributes)."""
    if source == "slapd":
        groups = {"rfc-undefined": AD_GROUPS["ad-undefined"], "rfc-or": (
            "(|(noSuchAttribute=1)(&(objectClass=user)(l=Lyon)))", company.expected()["lyon"])}
    else:
        groups = AD_GROUPS
    entries = [company.dynamic(name, text, base=ldif.BASE) for name, (text, _) in groups.items()]
    if source == "ldif":
        path = new_folder("ldif") + "/ad.ldif"
        with open(path, "w", encoding="utf-8") as out:
            out.write(ldif.text([ldif.TOP, *ldif.exported([*with_memberships(company.entries()), *entries])]))
        relay = shared_workshop.relay(rollcalld.from_ldif(path))
    else:
        request.getfixturevalue(source).add(entries)
        relay = request.getfixturevalue("relay")
    for name, (_, wanted) in groups.items():
        sent = mail.send(relay.port, address(name))
        if wanted is None:
            assert sent.reply(address(name))[0] == 550 and "5.2.4" in sent.reply(address(name))[1], name
        else:
            assert (name, relay.mta.delivered(sent)) == (name, wanted)


def with_memberships(entries):
    """memberOf as an export of a domain controller carries it."""
    entries = list(entries)
    above = {}
    for dn, attributes in entries:
        for member in attributes.get("member", []):
            above.setdefault(member, []).append(dn)
    return [(dn, {**attributes, "memberOf": above[dn]} if dn in above else attributes) for dn, attributes in entries]


def test_groups_of_other_servers(new_slapd, workshop):
    """groupOfURLs with two searches, groupOfNames, found by mail alone."""
    url = "ldap:///OU=%s,%s?mail?%s?(objectClass=user)"
    server = new_slapd(company.people())
    server.add([
        ("cn=urls,%s" % PEOPLE, {"objectClass": ["groupOfURLs", "mailRecipient"], "cn": ["urls"],
                                 "mail": [address("urls")],
                                 "memberURL": [url % ("Oslo", PEOPLE, "sub"), url % ("Lyon", PEOPLE, "one")]}),
        ("cn=names,%s" % PEOPLE, {"objectClass": ["groupOfNames", "mailRecipient"], "cn": ["names"],
                                  "mail": [address("names")],
                                  "member": [company.person_dn(1), "cn=urls,%s" % PEOPLE]}),
    ])
    relay = workshop.relay(rollcalld.from_slapd(server, **{"address-attributes": "proxyAddresses, mail"}))
    oslo_and_lyon = company.routes(lambda number: number % 3 != 0)
    for name, wanted in (("urls", oslo_and_lyon), ("names", sorted({route(1), *oslo_and_lyon}))):
        sent = mail.send(relay.port, address(name))
        assert (name, relay.mta.delivered(sent)) == (name, wanted)
        assert members(relay, name) == wanted


def test_ten_thousand_members(slapd, workshop):
    relay = workshop.relay(rollcalld.from_slapd(slapd))
    sent = mail.send(relay.port, address("crowd"))
    assert sent.accepted
    assert relay.mta.delivered(sent, 120) == company.crowd_routes(10000)
    assert members(relay, "crowd") == company.crowd_routes(10000)
