# SPDX-License-Identifier: BSD-2-Clause
"""Exchange's rules of expansion: who is in it? (the guide's table "How Exchange does it", Expansion, Loops and
duplicates, Visibility, and of Splitting what concerns numbers)"""
import pytest

from servers import exchange, rollcalld
from servers.exchange import assert_refused, at, contact, copies, dn, dynamic, got, person, post, static, unit

MIXED, BRANCH, DEEP, MOVED = "OU=Mixed,", "OU=Branch,", "OU=Deep,OU=Branch,", "OU=Moved,"
MIXED, BRANCH, DEEP, MOVED = (name + exchange.UNIT for name in (MIXED, BRANCH, DEEP, MOVED))

ENTRIES = [
    unit("Mixed"), unit("Branch"), unit("Deep", BRANCH), unit("Moved"),
    person("branch1", BRANCH), person("branch2", DEEP), person("moved1", MOVED),
    dynamic("live", selection="(&(mailNickname=*)(title=Live))"),
    static("team", "bob", "cia"),
    dynamic("branch", selection="(mailNickname=*)", base=BRANCH),
    dynamic("was-moved", selection="(mailNickname=*)", base=BRANCH, unit=MOVED),
    dynamic("no-base", selection="(mailNickname=*)", base=None, msExchDynamicDLBaseDN=None),
    dynamic("no-filter", msExchDynamicDLFilter=None),
    dynamic("by-hand", selection="(&(userAccountControl:1.2.840.113556.1.4.803:=32)(|(cn=dan)(cn=team)))",
            msExchQueryFilter=["((Alias -ne $null) -and (City -eq 'Nowhere'))"]),
    person("mixed1", MIXED), contact("mixed2", "mixed2@elsewhere.example", MIXED),
    contact("mixed3", "", MIXED, targetAddress=None, proxyAddresses=None, mail=None),
    static("mixed-rights", "bob", unit=MIXED, mail=None, mailNickname=None, proxyAddresses=None),
    ("CN=mixed-box," + MIXED, {"objectClass": ["container"]}),
    ("CN=MIXEDPC," + MIXED, {"objectClass": ["computer"], "sAMAccountName": ["MIXEDPC$"]}),
    dynamic("anything", selection="(objectClass=*)", base=MIXED),
    dynamic("nobody-here", selection="(&(mailNickname=*)(title=Nobody))"),
    dynamic("of-groups", selection="(|(cn=team)(cn=branch)(cn=eve))"),
    static("deepest", "of-groups", "fay"),
    dynamic("with-server", "bob", msExchExpansionServerName=["/o=Contoso/cn=Servers/cn=GONE"]),
    static("ring-a", "bob"), static("ring-b", "cia", "ring-a"),
    dynamic("ring-dynamic", selection="(|(cn=ring-dynamic)(cn=ring-other)(cn=dan))"),
    dynamic("ring-other", selection="(|(cn=ring-dynamic)(cn=eve))"),
    static("left", "team", "dan"), static("right", "team", "dan"), static("both", "left", "right", "dan"),
    dynamic("unlisted", "bob", "hidden-one", msExchHideFromAddressLists=["TRUE"]),
    person("hidden-one", msExchHideFromAddressLists=["TRUE"]),
    static("veiled", "bob", "hidden-one", hideDLMembership=["TRUE"]),
]


@pytest.fixture(scope="module")
def relay(contoso, shared_workshop):
    contoso.add(ENTRIES)
    contoso.replace(dn("ring-a"), member=[dn("bob"), dn("ring-b")])
    return exchange.relay(shared_workshop, contoso)


def expanded(relay, *groups):
    return got(relay, post(relay, *groups))


def test_a_dynamic_group_is_asked_when_the_message_arrives(relay, contoso):
    assert_refused(post(relay, "live"), "live", 550, "5.2.4")
    contoso.replace(dn("dan"), title=["live"])
    assert expanded(relay, "live") == ["dan"]
    contoso.replace(dn("eve"), title=["Live"])
    contoso.replace(dn("dan"), title=[])
    assert expanded(relay, "live") == ["eve"]


def test_a_static_group_is_its_members(relay):
    assert expanded(relay, "team") == ["bob", "cia"]


def test_a_base_is_searched_to_its_depths(relay):
    assert expanded(relay, "branch") == ["branch1", "branch2"]


def test_the_base_counts_not_where_the_group_lies(relay):
    assert expanded(relay, "was-moved") == ["branch1", "branch2"]


def test_a_preview_is_what_delivery_does(relay):
    for group in ("branch", "was-moved", "of-groups", "anything"):
        shown = rollcalld.command("--config", relay.daemon.config, "members", at(group), "--format", "addresses",
                                  controller=relay.daemon.controller).stdout.split()
        assert shown == [one.recipient for one in copies(relay, post(relay, group))], group


@pytest.mark.parametrize("group", ["no-base", "no-filter"])
def test_a_group_without_base_or_filter_is_repaired_first(relay, group):
    assert_refused(post(relay, group), group, 451, "4.3.5")
    relay.daemon.wait_log("to be repaired.*%s@contoso.test" % group)


def test_the_stored_ldap_filter_decides(relay):
    """Somebody edited it by hand: the OPATH text beside it says something else."""
    assert expanded(relay, "by-hand") == ["dan"]


def test_entries_of_any_class_that_have_an_address(relay):
    """An OU, a container, a computer, a contact and a group without address are found too, and bring nothing."""
    assert expanded(relay, "anything") == ["mixed1", "mixed2@elsewhere.example"]


def test_an_empty_group_is_said(relay):
    sent = post(relay, "nobody-here", "dan")
    assert_refused(sent, "nobody-here", 550, "5.2.4")
    assert got(relay, sent) == ["dan"]


def test_an_empty_group_is_a_silent_success_by_setting(relay, contoso, shared_workshop):
    silent = exchange.relay(shared_workshop, contoso, directory={"schema": "ad"}, empty_group="accept")
    assert expanded(silent, "nobody-here") == []
    assert expanded(silent, "nobody-here", "dan") == ["dan"]
    assert not silent.mta.sink.reports(post(silent, "nobody-here").message_id)


def test_expansion_goes_on_until_only_individuals_are_left(relay):
    """Groups, dynamic ones among them, are results of a query and members of groups."""
    assert expanded(relay, "of-groups") == ["bob", "branch1", "branch2", "cia", "eve"]
    assert expanded(relay, "deepest") == ["bob", "branch1", "branch2", "cia", "eve", "fay"]


def test_an_expansion_server_is_ignored(relay):
    assert expanded(relay, "with-server") == ["bob"]


def test_a_harmless_loop_delivers_once_to_each(relay):
    assert expanded(relay, "ring-a") == expanded(relay, "ring-b") == ["bob", "cia"]
    assert expanded(relay, "ring-dynamic") == expanded(relay, "ring-other") == ["dan", "eve"]
    assert expanded(relay, "ring-a", "ring-b", "ring-dynamic") == ["bob", "cia", "dan", "eve"]


def test_a_group_over_two_branches_is_expanded_once(relay):
    assert expanded(relay, "both") == ["bob", "cia", "dan"]


def test_one_copy_for_each_mailbox(relay):
    """Reached over several groups, and named by the sender too, by a second address."""
    assert expanded(relay, "left", "right", "both", "dan", "cia.other") == ["bob", "cia.other", "dan"]


def test_a_message_that_comes_back_is_stopped(relay):
    first = post(relay, "team")
    trace = ("X-Rollcall-Trace", copies(relay, first)[0].message["X-Rollcall-Trace"])
    again = post(relay, "team", headers=[trace], message_id=first.message_id)
    assert_refused(again, None, 554, "5.4.6")
    assert got(relay, first) == ["bob", "cia"]


def test_more_than_a_thousand_members_share_one_message(relay):
    sent = post(relay, "big@example.test")
    assert len(set(got(relay, sent))) == len(got(relay, sent)) == 1600
    assert len(relay.daemon.grep("%s: envelope: .*added=1600" % sent.queue_id)) == 1


def test_the_recipient_limit_counts_the_unexpanded_envelope(relay):
    port = relay.listen(smtpd_recipient_limit="2")
    sent = post(relay, "deepest", "hal", "gus", port=port)
    assert_refused(sent, "gus", 452, "4.5.3")
    assert got(relay, sent) == ["bob", "branch1", "branch2", "cia", "eve", "fay", "hal"]


def test_hiding_from_address_lists_does_not_concern_delivery(relay):
    assert expanded(relay, "unlisted") == ["bob", "hidden-one"]


def test_hidden_membership_does_not_concern_delivery(relay):
    assert expanded(relay, "veiled") == ["bob", "hidden-one"]
