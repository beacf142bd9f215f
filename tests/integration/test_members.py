# SPDX-License-Identifier: BSD-2-Clause
"""Members that lead on, and addresses that are no mail addresses: the same from a file, from slapd and from Samba AD

What the unit tests say about one walk is tried here where directories differ: filters with escaped names, links, the
comparing of a server, many look-ups at once.
"""
import json
import re

import pytest

from servers import ldif, rollcalld
from servers.company import DOMAIN, address

UNIT = "OU=Leading," + ldif.BASE
TENANT = "example.mail.onmicrosoft.com"
LEGACY = "/o=Example/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn="
ODD = "a*b)(c\\d" # what would be filter text if it were not escaped
MANY = 45  # more than two searches' worth of addresses


def dn(local):
    return "CN=%s,%s" % (local, UNIT)


def person(local, **more):
    return dn(local), {"objectClass": ["user"], "mailNickname": [local], "mail": [address(local)],
                       "proxyAddresses": ["SMTP:" + address(local)], "displayName": [local], **more}


def contact(local, target, **more):
    return dn(local), {"objectClass": ["contact"], "mailNickname": [local], "displayName": [local],
                       "targetAddress": ["SMTP:" + target], **more}


def group(local, *members, **more):
    return dn(local), {"objectClass": ["group"], "mailNickname": [local], "mail": [address(local)],
                       "displayName": [local], "proxyAddresses": ["SMTP:" + address(local)],
                       "member": [dn(member) for member in members], **more}


def dynamic(local, selection, **more):
    return dn(local), {"objectClass": ["msExchDynamicDistributionList"], "mailNickname": [local],
                       "mail": [address(local)], "displayName": [local],
                       "proxyAddresses": ["SMTP:" + address(local)], "msExchDynamicDLFilter": [selection],
                       "msExchDynamicDLBaseDN": [UNIT], **more}


def encapsulated(legacy, domain=DOMAIN):
    """As Exchange writes a legacyExchangeDN into a local part."""
    return "IMCEAEX-%s@%s" % ("".join(
        letter if letter.isascii() and letter.isalnum() else "_" if letter == "/" else
        "".join("+%02X" % octet for octet in letter.encode()) for letter in legacy), domain)


ENTRIES = [
    (UNIT, {"objectClass": ["organizationalUnit"]}),
    person("lea", legacyExchangeDN=[LEGACY + "lea"]),
    person("max", proxyAddresses=["SMTP:" + address("max"), "smtp:" + address("max.old"), "X500:" + LEGACY + "oldmax"]),
    person("odd", legacyExchangeDN=[LEGACY + ODD]),
    person("jose", legacyExchangeDN=[LEGACY + "jos\u00e9"]),
    person("moved", targetAddress=["SMTP:moved@" + TENANT],
           proxyAddresses=["SMTP:" + address("moved"), "smtp:moved@" + TENANT],
           msExchRecipientTypeDetails=["2147483648"]),
    person("served", msExchHomeServerName=["/o=Example/cn=EX1"]),
    person("sends-on", altRecipient=[dn("lea")]),
    person("keeps", altRecipient=[dn("max")], deliverAndRedirect=["TRUE"]),
    person("leaves", msExchGenericForwardingAddress=["smtp:out@partner.example.org"]),
    person("round", altRecipient=[dn("lea")]),  # made a circle below
    contact("link1", address("link2")),
    contact("link2", address("max.old"), proxyAddresses=["SMTP:" + address("link2")]),
    contact("to-team", address("team")),
    contact("to-odd", encapsulated(LEGACY + ODD)),
    contact("loop1", address("loop2"), proxyAddresses=["SMTP:" + address("loop1")]),
    contact("loop2", address("loop1"), proxyAddresses=["SMTP:" + address("loop2")]),
    contact("in-cloud", "migrated@" + TENANT),
    (dn("only-mail"), {"objectClass": ["contact"], "displayName": ["only-mail"], "mail": ["out@partner.example.org"]}),
    group("team", "lea", "moved", legacyExchangeDN=[LEGACY + "team"]),
    group("chained", "link1", "to-team", "to-odd"),
    group("looping", "loop1", "loop2", "lea"),
    group("migrated", "in-cloud", proxyAddresses=["SMTP:" + address("migrated"), "smtp:migrated@" + TENANT]),
    group("mixed", "served", "moved", "only-mail"),
    group("forwarding", "sends-on", "keeps", "leaves", "round"),
    group("written-back", "lea", msExchRecipientTypeDetails=["8796093022208"]),
    group("with-written-back", "written-back", "max"),
    dynamic("mailboxes", "(&(objectClass=user)(mailNickname=*)(msExchHomeServerName=*))"),
    dynamic("remote-only", "(&(objectClass=user)(!(msExchHomeServerName=*))(msExchRecipientTypeDetails=2147483648))"),
    *(person("t%02d" % number, proxyAddresses=["SMTP:" + address("t%02d" % number),
                                               "smtp:" + address("t%02d.alias" % number)]) for number in range(MANY)),
    *(contact("c%02d" % number, address("T%02d.Alias" % number)) for number in range(MANY)),
    group("many", *("c%02d" % number for number in range(MANY))),
]
CIRCLE = {"round": "round"}  # a link to oneself cannot be made before one is there


def circled(entries):
    for name, attributes in entries:
        target = next((to for local, to in CIRCLE.items() if name == dn(local)), None)
        yield name, attributes if target is None else {**attributes, "altRecipient": [dn(target)]}


class Asked:
    """`rollcall members` with one directory, by default and with everything followed."""

    def __init__(self, folder, directory, controller=None):
        milter = {"domains": DOMAIN}
        self.controller = controller
        self.plain = rollcalld.write_config(folder + "/plain.conf", milter, directory)
        self.following = rollcalld.write_config(folder + "/following.conf", milter, directory, sections={
            "members": {"forwarding": "follow", "mailboxes-include-remote": "yes"}})

    def json(self, group, config=None, status=0):
        mailbox = group if "@" in group else address(group)
        done = rollcalld.command("--config", config or self.plain, "members", mailbox, "--format", "json",
                                 controller=self.controller, status=status)
        return json.loads(done.stdout) if done.stdout else None

    def routes(self, group, config=None):
        return sorted(member["route"] for member in self.json(group, config)["members"])

    def skips(self, group, config=None):
        return {re.match("CN=([^,]+)", skip["dn"], re.I).group(1): skip["reason"]
                for skip in self.json(group, config, None)["skipped"]}


@pytest.fixture(scope="module")
def from_file(new_folder):
    folder = new_folder("members")
    with open(folder + "/export.ldif", "w", encoding="utf-8") as out:
        out.write(ldif.text([ldif.TOP, *ldif.exported(circled(ENTRIES))]))
    return Asked(folder, rollcalld.from_ldif(folder + "/export.ldif"))


@pytest.fixture(scope="module")
def from_slapd(new_folder):
    from servers import slapd
    server = slapd.Slapd(new_folder("slapd"), circled(ENTRIES)).start()
    yield Asked(new_folder("members"), rollcalld.from_slapd(server, schema="auto"))
    server.stop()


@pytest.fixture(scope="module")
def from_ad(controller, new_folder):
    controller.add(ENTRIES)
    for local, target in CIRCLE.items():
        controller.replace(dn(local), altRecipient=[dn(target)])
    return Asked(new_folder("members"), rollcalld.from_controller(controller, schema="ad"), controller)


@pytest.fixture(params=["file", "slapd", "ad"])
def asked(request):
    return request.getfixturevalue("from_" + request.param)


def addresses(*locals_):
    return sorted(one if "@" in one else address(one) for one in locals_)


def test_contacts_lead_to_recipients_of_ours(asked):
    """Over another contact, to a secondary address, to a group, by an Exchange address."""
    assert asked.routes("chained") == addresses("max", "lea", "moved@" + TENANT, "odd")


def test_contacts_in_a_circle_lead_to_nobody(asked):
    assert asked.routes("looping") == addresses("lea")
    assert asked.skips("looping") == {"loop1": "contact-loop", "loop2": "contact-loop"}


def test_many_contacts_are_looked_up_at_once(asked):
    assert asked.routes("many") == addresses(*("t%02d" % number for number in range(MANY)))


def test_a_cloud_contact_is_no_loop(asked):
    assert asked.routes("migrated") == ["migrated@" + TENANT]


def test_on_premises_migrated_and_external_together(asked):
    assert asked.routes("mixed") == addresses("served", "moved@" + TENANT, "out@partner.example.org")


def test_a_written_back_group_is_one_member(asked):
    assert asked.routes("with-written-back") == addresses("max", "written-back")


def test_forwarding_is_left_or_followed(asked):
    assert asked.routes("forwarding") == addresses("sends-on", "keeps", "leaves", "round")
    assert asked.routes("forwarding", asked.following) == addresses("lea", "keeps", "max", "out@partner.example.org")
    assert asked.skips("forwarding", asked.following) == {"round": "forwarding-loop"}


def test_mailboxes_without_a_server(asked):
    """What would be missed is said; a group that was repaired by hand stays as it is."""
    shown = asked.json("mailboxes")
    assert [member["route"] for member in shown["members"]] == addresses("served")
    assert any("mailboxes-include-remote" in note for note in shown["notes"])
    assert asked.routes("mailboxes", asked.following) == addresses("served", "moved@" + TENANT)
    for config in (asked.plain, asked.following):
        assert asked.routes("remote-only", config) == ["moved@" + TENANT]
        assert asked.json("remote-only", config)["notes"] == []


@pytest.mark.parametrize("written", [LEGACY + "team", LEGACY.upper() + "TEAM"])
def test_a_group_is_found_by_its_exchange_address(asked, written):
    assert asked.routes(encapsulated(written)) == addresses("lea", "moved@" + TENANT)


@pytest.mark.parametrize("wrong", ["te*", "team)(cn=*", "t\u00e9am", "team\\2a"])
def test_an_exchange_address_is_never_filter_text(asked, wrong):
    assert asked.json(encapsulated(LEGACY + wrong), status=1) is None


def test_people_by_exchange_address(asked):
    """They are recipients, no groups; an accent makes another name."""
    for local, known in (("lea", True), ("oldmax", True), ("jos\u00e9", True), (ODD, True), ("jose", False),
                         ("nobody", False)):
        done = rollcalld.command("--config", asked.plain, "members", encapsulated(LEGACY + local), status=1,
                                 controller=asked.controller)
        assert ("not a group" in done.stderr) == known, (local, done.stderr)
