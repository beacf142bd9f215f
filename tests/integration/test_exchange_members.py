# SPDX-License-Identifier: BSD-2-Clause
"""Exchange's rules for single members: where does their mail go? (the guide's table "How Exchange does it", Forwarding,
Mailboxes in the cloud)"""
import pytest

from servers import exchange, rollcalld
from servers.exchange import TENANT, assert_refused, at, contact, dn, dynamic, got, migrated, person, post, static, unit

BOXES = "OU=Boxes," + exchange.UNIT
SERVER = {"msExchHomeServerName": ["/o=Contoso/cn=Servers/cn=EX1"], "homeMDB": [exchange.UNIT]}
MAILBOX_USERS = "(&(objectClass=user)(objectCategory=person)(mailNickname=*)(msExchHomeServerName=*))"
MODERN_MAILBOX_USERS = "(&(!(!(objectClass=user)))(objectCategory=person)(mailNickname=*)(msExchHomeServerName=*))"
BY_DATABASE = "(&(mailNickname=*)(homeMDB=*))"
PARTNER = "partner@partner.example.org"
REMOTE_GROUP = ["8796093022208"]

ENTRIES = [
    unit("Boxes"),
    person("moved", altRecipient=[dn("gus")]),
    person("copied", altRecipient=[dn("gus")], deliverAndRedirect=["TRUE"]),
    person("abroad", msExchGenericForwardingAddress=["smtp:" + PARTNER]),
    person("abroad-too", msExchGenericForwardingAddress=["smtp:" + PARTNER], deliverAndRedirect=["TRUE"]),
    person("doubly", altRecipient=[dn("gus")], msExchGenericForwardingAddress=["smtp:" + PARTNER]),
    person("unmoved", deliverAndRedirect=["TRUE"]),
    person("round1", altRecipient=[dn("hal")]), person("round2", altRecipient=[dn("round1")]),
    person("swing1", altRecipient=[dn("hal")], deliverAndRedirect=["TRUE"]),
    person("swing2", altRecipient=[dn("swing1")], deliverAndRedirect=["TRUE"]),
    static("squad", "bob", "cia"),
    person("to-squad", altRecipient=[dn("squad")]),
    dynamic("forwarded", "moved", "copied", "fay"), dynamic("forwarded-out", "abroad", "abroad-too"),
    dynamic("forwarded-doubly", "doubly", "unmoved"), dynamic("forwarded-round", "round1", "eve"),
    dynamic("forwarded-only-round", "round1", "round2"), dynamic("forwarded-swing", "swing1"),
    dynamic("forwarded-squad", "to-squad", "bob"),
    contact("link1", at("link2")), contact("link2", at("dan.other")), contact("to-group", at("squad")),
    contact("loop1", at("loop2")), contact("loop2", at("loop1")), contact("self", at("self")),
    contact("dead-end", at("nobody.there")),
    dynamic("chain", "link1"), dynamic("chain-to-group", "to-group", "bob"), dynamic("chain-dead-end", "dead-end"),
    dynamic("chain-loop", "loop1", "loop2", "eve"), dynamic("chain-only-loop", "loop1"), dynamic("chain-self", "self"),
    contact("cloud-all-contact", at("cloud-all", TENANT), proxyAddresses=["SMTP:cloud-all-contact@contoso.test"]),
    dynamic("cloud-all", "cloud-all-contact",
            proxyAddresses=["SMTP:cloud-all@contoso.test", "smtp:" + at("cloud-all", TENANT)]),
    person("on-server", BOXES, **SERVER), migrated("in-cloud", BOXES),
    migrated("room", BOXES, msExchRecipientTypeDetails=["8589934592"]),
    person("linked-user", BOXES, targetAddress=["SMTP:linked@partner.example.org"],
           msExchRecipientTypeDetails=["128"]),
    dynamic("mailbox-users", selection=MAILBOX_USERS, base=BOXES),
    dynamic("mailbox-users2", selection=MODERN_MAILBOX_USERS, base=BOXES),
    dynamic("mailbox-users3", selection=BY_DATABASE, base=BOXES),
    dynamic("without-server", selection="(&(mailNickname=*)(!(msExchHomeServerName=*)))", base=BOXES),
    dynamic("all-boxes", selection="(mailNickname=*)", base=BOXES),
    static("m365-target", "bob", msExchRecipientTypeDetails=REMOTE_GROUP, targetAddress=["SMTP:team@" + TENANT]),
    static("m365-plain", "bob", msExchRecipientTypeDetails=REMOTE_GROUP),
    dynamic("with-m365", "m365-target", "m365-plain", "cia"),
    contact("only-mail", "", targetAddress=None, proxyAddresses=None, mail=["only.mail@partner.example.org"]),
    contact("only-target", "only.target@partner.example.org", proxyAddresses=None, mail=None),
    contact("other-type", "", targetAddress=["X400:C=DE;A= ;P=Contoso;S=other;"]),
    contact("bad-primary", "", targetAddress=None, proxyAddresses=["SMTP:not an address"]),
    dynamic("externals", "only-mail", "only-target", "other-type", "bad-primary"),
    dynamic("both-kinds", "on-server", "in-cloud", selection="(|(cn=on-server)(cn=in-cloud)(cn=fay))"),
]


@pytest.fixture(scope="module")
def relay(contoso, shared_workshop):
    """As it is by default."""
    contoso.add(ENTRIES)
    contoso.replace(dn("round1"), altRecipient=[dn("round2")])
    contoso.replace(dn("swing1"), altRecipient=[dn("swing2")])
    return exchange.relay(shared_workshop, contoso)


@pytest.fixture(scope="module")
def following(relay, contoso, shared_workshop):
    return exchange.relay(shared_workshop, contoso, directory={"schema": "ad"},
                          members={"forwarding": "follow", "mailboxes-include-remote": "yes"})


def expanded(relay, *groups):
    return got(relay, post(relay, *groups))


# ---- forwarding ----

def test_forwarding_is_left_to_the_mailbox_server(relay):
    assert expanded(relay, "forwarded") == ["copied", "fay", "moved"]
    assert expanded(relay, "forwarded-out") == ["abroad", "abroad-too"]


def test_forwarding_to_an_object(following):
    """Instead of the mailbox, or beside it."""
    assert expanded(following, "forwarded") == ["copied", "fay", "gus"]


def test_forwarding_to_an_address(following):
    assert expanded(following, "forwarded-out") == ["abroad-too", PARTNER]


def test_a_forwarding_object_wins_over_an_address(following):
    assert expanded(following, "forwarded-doubly") == ["gus", "unmoved"]


def test_without_forwarding_its_flag_means_nothing(relay, following):
    assert "unmoved" in expanded(relay, "forwarded-doubly")
    assert "unmoved" in expanded(following, "forwarded-doubly")


def test_forwarding_to_a_group_expands_it(following):
    assert expanded(following, "forwarded-squad") == ["bob", "cia"]


def test_a_broken_forwarding_loop_delivers_to_nobody_of_it(following):
    assert expanded(following, "forwarded-round") == ["eve"]
    following.daemon.wait_log("skipped: group=<forwarded-round@contoso.test> .*reason=forwarding-loop")
    assert_refused(post(following, "forwarded-only-round"), "forwarded-only-round", 550, "5.2.4")


def test_deliver_and_forward_both_ways_delivers_once_to_each(following):
    assert expanded(following, "forwarded-swing") == ["swing1", "swing2"]


def test_alternate_recipients_share_the_message(following):
    """No second copy and no Resent-From header."""
    sent = post(following, "forwarded", "hal")
    copies = exchange.copies(following, sent)
    assert {(one.sender, one.message["Resent-From"]) for one in copies} == {(at("ann"), None)}
    assert len(following.daemon.grep("%s: envelope: .*split=0" % sent.queue_id)) == 1


# ---- contact chains ----

def test_a_contact_of_our_own_address_is_resolved_again(relay):
    assert expanded(relay, "chain") == ["dan"]


def test_a_contact_that_leads_to_a_group_brings_its_members(relay):
    assert expanded(relay, "chain-to-group") == ["bob", "cia"]


def test_a_contact_chain_that_ends_nowhere_keeps_its_address(relay):
    assert expanded(relay, "chain-dead-end") == ["nobody.there"]
    assert expanded(relay, "chain-self") == ["self"]


def test_a_contact_loop_delivers_to_nobody_of_it(relay):
    assert expanded(relay, "chain-loop") == ["eve"]
    assert_refused(post(relay, "chain-only-loop"), "chain-only-loop", 550, "5.2.4")


# ---- the cloud ----

def test_a_cloud_contact_as_the_only_result_is_delivered(relay):
    """Even if the group has the routing address as one of its own."""
    assert expanded(relay, "cloud-all") == [at("cloud-all", TENANT)]


@pytest.mark.parametrize("group", ["mailbox-users", "mailbox-users2", "mailbox-users3"])
def test_mailbox_users_do_not_include_remote_mailboxes(relay, group):
    assert expanded(relay, group) == ["on-server"]
    shown = rollcalld.command("--config", relay.daemon.config, "members", at(group), controller=relay.daemon.controller)
    assert "mailboxes-include-remote" in shown.stdout + shown.stderr


@pytest.mark.parametrize("group", ["mailbox-users", "mailbox-users2", "mailbox-users3"])
def test_mailbox_users_include_remote_mailboxes_by_setting(following, group):
    assert expanded(following, group) == [at("in-cloud", TENANT), "on-server", at("room", TENANT)]


def test_a_test_for_no_server_is_not_widened(relay, following):
    assert expanded(relay, "without-server") == [at("in-cloud", TENANT), "linked@partner.example.org",
                                                 at("room", TENANT)]


def test_migrated_users_stand_beside_those_on_premises(relay):
    assert expanded(relay, "both-kinds") == ["fay", at("in-cloud", TENANT), "on-server"]


def test_a_written_back_group_is_delivered_to_the_tenant(relay):
    assert expanded(relay, "with-m365") == ["cia", "m365-plain", at("team", TENANT)]
    assert expanded(relay, "m365-target") == ["m365-target"]


def test_externals_by_mail_or_target_address(relay):
    """An address of another type, or that is none, is skipped and said."""
    assert expanded(relay, "externals") == ["only.mail@partner.example.org", "only.target@partner.example.org"]
    for reason in ("unroutable-target-address", "malformed-address"):
        relay.daemon.wait_log("skipped: group=<externals@contoso.test> .*reason=" + reason)
