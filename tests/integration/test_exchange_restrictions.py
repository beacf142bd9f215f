# SPDX-License-Identifier: BSD-2-Clause
"""Exchange's delivery restrictions: who may send to it? (the guide's table "How Exchange does it", Restrictions)"""
import base64

import pytest

from servers import exchange
from servers.exchange import (ANYWHERE, assert_refused, at, contact, copies, dn, dynamic, got, migrated, person, post,
                              static, verdicts)

SPLIT = "split-restrictions.rollcall.invalid"
SYSTEM = "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@contoso.test"
KILO = 1024
LARGE = ("x" * 70 + "\r\n") * 20

ENTRIES = [
    dynamic("open", "bob"),
    static("inner-writers", "cia"), dynamic("query-writers", "dan", "inner-writers"),
    static("writers", "query-writers", "eve"),
    dynamic("accept-people", "bob", authOrig=[dn("ann"), dn("fay")]),
    contact("guest", "guest@partner.example.org",
            proxyAddresses=["SMTP:guest@partner.example.org", "smtp:guest@contoso.test"]),
    migrated("mig"), dynamic("accept-guests", "bob", authOrig=[dn("guest"), dn("mig")]),
    dynamic("accept-groups", "bob", dLMemSubmitPerms=[dn("writers")]),
    dynamic("accept-query", "bob", dLMemSubmitPerms=[dn("query-writers")]),
    dynamic("accept-both", "bob", authOrig=[dn("ann")], dLMemSubmitPerms=[dn("inner-writers")]),
    dynamic("accept-owned", "bob", authOrig=[dn("cia")], managedBy=[dn("ann")]),
    dynamic("reject-people", "bob", unauthOrig=[dn("ann")]),
    dynamic("reject-groups", "bob", dLMemRejectPerms=[dn("writers")]),
    dynamic("reject-wins", "bob", authOrig=[dn("ann"), dn("fay"), dn("dan")], unauthOrig=[dn("ann")],
            dLMemRejectPerms=[dn("writers")]),
    dynamic("internal", "bob", msExchRequireAuthToSendTo=["TRUE"]),
    dynamic("not-internal", "bob", msExchRequireAuthToSendTo=["FALSE"]),
    dynamic("small", "bob", delivContLength=["2"]),
    dynamic("strict", "bob", msExchRequireAuthToSendTo=["TRUE"], authOrig=[dn("fay")], delivContLength=["1"],
            msExchEnableModeration=["TRUE"], msExchModeratedByLink=[dn("cia")]),
    dynamic("strict-moderator", "bob", authOrig=[dn("cia")], delivContLength=["1"], msExchEnableModeration=["TRUE"],
            msExchModeratedByLink=[dn("cia")]),
    static("outer", "gus", "internal", "accept-people"),
    person("aloof", msExchRequireAuthToSendTo=["TRUE"]), person("choosy", authOrig=[dn("fay")]),
    person("terse", submissionContLength=["1"]), dynamic("terse-group", "bob", submissionContLength=["1"]),
    person("thin", delivContLength=["1"]), migrated("aloft", msExchRequireAuthToSendTo=["TRUE"]),
    dynamic("with-aloof", "aloof", "choosy", "thin", "aloft", "gus"),
]


@pytest.fixture(scope="module")
def relay(contoso, shared_workshop):
    contoso.add(ENTRIES)
    return exchange.relay(shared_workshop, contoso, split_domain=SPLIT)


def other_relay(relay, contoso, workshop, **policy):
    return exchange.relay(workshop, contoso, directory={"schema": "ad"},
                          policy={name.replace("_", "-"): value for name, value in policy.items()})


def test_no_list_accepts_everybody(relay):
    assert got(relay, post(relay, "open", sender="x@elsewhere.example", client=ANYWHERE)) == ["bob"]


def test_a_list_of_people_refuses_everybody_else(relay):
    assert verdicts(relay, "accept-people", "ann", "fay", "bob", "no.such.name") == {
        "ann": 250, "fay": 250, "bob": "5.7.124", "no.such.name": "5.7.124"}
    assert got(relay, post(relay, "accept-people")) == ["bob"]
    assert_refused(post(relay, "accept-people", sender=at("bob")), "accept-people", 550, "5.7.124",
                   "accept-people@contoso.test")


def test_a_list_of_groups_is_expanded(relay):
    """A nested group in a dynamic one in a static one."""
    assert verdicts(relay, "accept-groups", "cia", "dan", "eve", "ann") == {
        "cia": 250, "dan": 250, "eve": 250, "ann": "5.7.124"}


def test_a_dynamic_group_may_be_on_a_list(relay, contoso):
    assert verdicts(relay, "accept-query", "cia", "dan", "eve") == {"cia": 250, "dan": 250, "eve": "5.7.124"}


def test_people_and_groups_are_one_list(relay):
    assert verdicts(relay, "accept-both", "ann", "cia", "dan") == {"ann": 250, "cia": 250, "dan": "5.7.124"}


def test_the_sender_is_known_by_any_address(relay):
    assert verdicts(relay, "accept-people", "ann.other", "ANN") == {"ann.other": 250, "ANN": 250}
    assert verdicts(relay, "accept-groups", "cia.other") == {"cia.other": 250}
    assert verdicts(relay, "accept-guests", "mig", "mig.other", "guest", "guest@partner.example.org", "cia") == {
        "mig": 250, "mig.other": 250, "guest": 250, "guest@partner.example.org": 250, "cia": "5.7.124"}
    assert verdicts(relay, "reject-people", "ann.other") == {"ann.other": "5.7.1"}


def test_the_owner_is_not_implied_in_the_accept_list(relay):
    assert verdicts(relay, "accept-owned", "cia", "ann") == {"cia": 250, "ann": "5.7.124"}


def test_a_reject_list_refuses_whom_it_names(relay):
    assert verdicts(relay, "reject-people", "ann", "bob", "no.such.name") == {
        "ann": "5.7.1", "bob": 250, "no.such.name": 250}
    assert verdicts(relay, "reject-groups", "ann", "cia", "dan", "eve") == {
        "ann": 250, "cia": "5.7.1", "dan": "5.7.1", "eve": "5.7.1"}


def test_a_reject_wins_over_an_accept(relay):
    assert verdicts(relay, "reject-wins", "ann", "dan", "fay", "bob") == {
        "ann": "5.7.1", "dan": "5.7.1", "fay": 250, "bob": "5.7.124"}


def test_authenticated_senders_only(relay):
    assert got(relay, post(relay, "internal")) == ["bob"]
    outside = post(relay, "internal", "gus", client=ANYWHERE)
    assert_refused(outside, "internal", 550, "5.7.133", "internal@contoso.test")
    assert got(relay, outside) == ["gus"]
    assert got(relay, post(relay, "not-internal", client=ANYWHERE)) == ["bob"]


def test_every_restriction_must_be_passed(relay):
    """In this order: authentication, reject list, accept list, size if it is known, moderation."""
    assert verdicts(relay, "strict", "fay", client=ANYWHERE) == {"fay": "5.7.133"}
    assert verdicts(relay, "strict", "cia") == {"cia": "5.7.124"}
    assert verdicts(relay, "strict", "fay") == {"fay": "5.7.1"}
    assert verdicts(relay, "strict-moderator", "cia", body=LARGE) == {"cia": "5.2.3"}
    assert verdicts(relay, "strict-moderator", "cia") == {"cia": 250}


# ---- size ----

def sized(relay, *groups, octets, **more):
    """A message of exactly so many octets from its first header to its last line."""
    identity = exchange.mail.new_message_id()
    empty = len(exchange.mail.compose(identity, body="", From=at("ann")))
    lines, rest = divmod(octets - empty, 72)
    body = ("x" * 70 + "\r\n") * (lines - 1) + "y" * (70 + rest) + "\r\n"
    assert len(exchange.mail.compose(identity, body=body, From=at("ann"))) == octets
    return post(relay, *groups, message_id=identity, body=body, **more)


def test_the_size_limit_is_in_units_of_1024_octets(relay):
    for octets in (1990, 2 * KILO - 8, 2 * KILO):
        assert got(relay, sized(relay, "small", octets=octets)) == ["bob"], octets
    for octets in (2 * KILO + 1, 2100):
        assert_refused(sized(relay, "small", octets=octets), None, 550, "5.2.3", "small@contoso.test")


def test_the_smaller_of_announced_and_real_size_counts(relay):
    """Exchange compares the lower of the size now and that at entry."""
    assert got(relay, sized(relay, "small", octets=4000, mail_options=["SIZE=1500"])) == ["bob"]
    assert got(relay, sized(relay, "small", octets=1500, mail_options=["SIZE=4000"])) == ["bob"]
    assert_refused(sized(relay, "small", octets=4000, mail_options=["SIZE=4000"]), None, 550, "5.2.3")


def test_the_encoded_size_counts(relay):
    """1,500 octets of content are 2,052 in base64."""
    text = base64.encodebytes(b"\xff" * 1500).decode().replace("\n", "\r\n")
    headers = [("MIME-Version", "1.0"), ("Content-Type", "application/octet-stream"),
               ("Content-Transfer-Encoding", "base64")]
    assert_refused(post(relay, "small", headers=headers, body=text), None, 550, "5.2.3")


def test_a_group_too_small_for_the_message_leaves_the_others(relay):
    """After the last line it is too late for an answer to one recipient: the MTA reports."""
    sent = sized(relay, "small", "open", "gus", octets=4000)
    assert [one.recipient for one in copies(relay, sent) if one.sender] == [at("bob"), at("gus")]
    reports = relay.mta.sink.reports(sent.message_id)
    assert [one.recipient for one in reports] == [at("ann")]
    text = reports[0].message.as_string()
    assert "5.2.3" in text and "small@contoso.test" in text


def test_an_organizations_size_limit_is_the_mtas(relay):
    port = relay.listen(message_size_limit="3000")
    assert sized(relay, "open", octets=4000, mail_options=["SIZE=4000"], port=port).final[0] == 552
    assert got(relay, sized(relay, "open", octets=2500, mail_options=["SIZE=2500"], port=port)) == ["bob"]


def test_a_senders_own_size_limit_is_not_checked(relay):
    assert got(relay, sized(relay, "open", octets=4000, sender=at("terse"))) == ["bob"]
    assert got(relay, sized(relay, "terse-group", octets=4000)) == ["bob"]


# ---- system mail ----

def test_system_senders_pass_every_restriction(relay, contoso, shared_workshop):
    other = other_relay(relay, contoso, shared_workshop, system_senders=SYSTEM + ", postmaster@contoso.test")
    for sender in (SYSTEM, "Postmaster@contoso.test"):
        assert got(other, post(other, "strict", sender=sender, body=LARGE)) == ["bob"]
        assert_refused(post(other, "strict", sender=sender, client=ANYWHERE), "strict", 550, "5.7.133")
        assert_refused(post(relay, "strict", sender=sender), "strict", 550, "5.7.124")


# ---- whose name counts ----

def test_lists_mean_the_envelope_sender(relay):
    assert got(relay, post(relay, "accept-people", author="Bob <bob@contoso.test>")) == ["bob"]
    assert_refused(post(relay, "accept-people", sender=at("bob"), author=at("ann")), "accept-people",
                   550, "5.7.124")


def test_lists_mean_the_from_header_by_setting(relay, contoso, shared_workshop):
    header = other_relay(relay, contoso, shared_workshop, sender_identity="header")
    sent = post(header, "accept-people", sender=at("bob"), author="Ann <ann.other@contoso.test>")
    assert got(header, sent) == ["bob"]
    assert_refused(post(header, "accept-people", author=at("bob")), None, 550, "5.7.124")
    both = other_relay(relay, contoso, shared_workshop, sender_identity="both")
    assert got(both, post(both, "accept-people", sender=at("fay"), author=at("ann"))) == ["bob"]
    assert not post(both, "accept-people", author=at("bob")).accepted
    assert not post(both, "accept-people", sender=at("bob"), author=at("ann")).accepted


# ---- nested groups and members ----

def test_a_nested_group_has_restrictions_of_its_own(relay):
    assert got(relay, post(relay, "outer")) == ["bob", "gus"]
    assert got(relay, post(relay, "outer", sender=at("hal"), client=ANYWHERE)) == ["gus"]
    relay.daemon.wait_log(r'skipped: group=<outer@contoso\.test> dn="CN=internal,.*sender-not-authenticated')


def test_a_member_has_restrictions_of_its_own(relay):
    """Those whose mailbox is in Exchange Online are left to it."""
    assert got(relay, post(relay, "with-aloof", sender=at("fay"))) == ["aloft@" + exchange.TENANT, "aloof", "choosy",
                                                                       "gus", "thin"]
    assert got(relay, post(relay, "with-aloof")) == ["aloft@" + exchange.TENANT, "aloof", "gus", "thin"]
    assert got(relay, post(relay, "with-aloof", sender=at("fay"), client=ANYWHERE)) == [
        "aloft@" + exchange.TENANT, "choosy", "gus", "thin"]


def test_a_members_size_limit_counts_as_a_groups(relay):
    """Without SIZE= it shows at the end who may get it."""
    for options in ([], ["SIZE=4000"]):
        assert "thin" not in got(relay, sized(relay, "with-aloof", octets=4000, mail_options=options))
        assert "thin" in got(relay, sized(relay, "with-aloof", octets=900, mail_options=options))
    assert "thin" in got(relay, sized(relay, "with-aloof", octets=4000, mail_options=["SIZE=900"]))


def test_whose_restrictions_count_is_a_setting(relay, contoso, shared_workshop):
    everybody = other_relay(relay, contoso, shared_workshop, check_members="all")
    assert got(everybody, post(everybody, "with-aloof", client=ANYWHERE)) == ["gus", "thin"]
    nobody = other_relay(relay, contoso, shared_workshop, check_members="no")
    assert got(nobody, post(nobody, "with-aloof", client=ANYWHERE)) == ["aloft@" + exchange.TENANT, "aloof", "choosy",
                                                                        "gus", "thin"]
