# SPDX-License-Identifier: BSD-2-Clause
"""Exchange's rules for reports and out-of-office replies: whom do members' systems answer? (the guide's table "How
Exchange does it", Reports, Out of office, and of Splitting what concerns copies)"""
import pytest

from servers import exchange
from servers.exchange import assert_refused, at, copies, dn, dynamic, got, migrated, person, post, refusal, static

SPLIT = "split-reports%d.rollcall.invalid"
TRUE, FALSE = ["TRUE"], ["FALSE"]
MANAGER = {"reportToOriginator": FALSE, "reportToOwner": TRUE, "managedBy": [dn("gus")]}
QUIET = {"oOFReplyToOriginator": FALSE}
SUPPRESS = "X-Auto-Response-Suppress"
REPORT = [("MIME-Version", "1.0"), ("Auto-Submitted", "auto-replied")]
BOUNCE = [*REPORT, ("Content-Type", 'multipart/report; report-type=delivery-status; boundary="b"')]
BOUNCE_BODY = ("--b\r\nContent-Type: text/plain\r\n\r\nNo such user.\r\n"
               "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.elsewhere.example\r\n\r\n"
               "Final-Recipient: rfc822; x@elsewhere.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n")

ENTRIES = [
    person("gone"), person("no-mail", proxyAddresses=None, mail=None, mailNickname=None, legacyExchangeDN=None),
    dynamic("to-sender", "bob", "gone", reportToOriginator=TRUE, reportToOwner=FALSE),
    dynamic("to-manager", "bob", "gone", **MANAGER),
    dynamic("to-nobody", "bob", "gone", reportToOriginator=FALSE, reportToOwner=FALSE, managedBy=[dn("gus")]),
    dynamic("to-both", "bob", reportToOriginator=TRUE, reportToOwner=TRUE, managedBy=[dn("gus")]),
    dynamic("not-said", "bob"),
    dynamic("ownerless", "bob", reportToOriginator=FALSE, reportToOwner=TRUE),
    dynamic("mailless", "bob", reportToOriginator=FALSE, reportToOwner=TRUE, managedBy=[dn("no-mail")]),
    static("co-owned", "bob", reportToOriginator=FALSE, reportToOwner=TRUE, managedBy=[dn("gus")],
           msExchCoManagedByLink=[dn("ann"), dn("hal")]),
    migrated("mia"), dynamic("to-migrated", "cia", **{**MANAGER, "managedBy": [dn("mia")]}),
    dynamic("half-manager", "bob", reportToOwner=TRUE, managedBy=[dn("gus")]),
    dynamic("half-sender", "bob", reportToOriginator=TRUE),
    dynamic("half-nobody1", "bob", reportToOriginator=FALSE, managedBy=[dn("gus")]),
    dynamic("half-nobody2", "bob", reportToOwner=FALSE),
    dynamic("to-another-manager", "cia", **{**MANAGER, "managedBy": [dn("hal")]}),
    dynamic("usual", "cia", reportToOriginator=TRUE, oOFReplyToOriginator=TRUE),
    dynamic("quiet", "dan", reportToOriginator=TRUE, **QUIET),
    dynamic("quiet-manager", "eve", **MANAGER, **QUIET),
]


@pytest.fixture(scope="module")
def relay(contoso, shared_workshop):
    contoso.add(ENTRIES)
    made = exchange.relay(shared_workshop, contoso, split_domain=SPLIT % 1)
    made.mta.sink.refuse(at("gone"), b"550 5.1.1 <gone@contoso.test>: no such user")
    return made


@pytest.fixture(scope="module")
def cautious(relay, contoso, shared_workshop):
    """What is not said in the entry is read as Exchange reads it."""
    return exchange.relay(shared_workshop, contoso, directory={"schema": "ad"},
                          policy={"reports-unset": "nobody", "oof-unset": "suppress"}, split_domain=SPLIT % 2)


def envelopes(relay, sent):
    """(recipient, envelope sender, NOTIFY) of every copy."""
    return [(one.recipient.partition("@")[0], one.sender, one.parameters.get("NOTIFY"))
            for one in copies(relay, sent) if one.message.get_content_type() != "multipart/report"]


def reports(relay, sent):
    """Who was told about a failure, and about whose."""
    relay.mta.wait_idle()
    return [(one.recipient, at("gone") in one.message.as_string()) for one in relay.mta.sink.reports(sent.message_id)]


def suppressed(relay, sent):
    """Recipient -> what his copy says of automatic replies."""
    return {one.recipient.partition("@")[0]: one.message.get_all(SUPPRESS) for one in copies(relay, sent)}


# ---- where reports go ----

def test_reports_to_the_originator_change_nothing(relay):
    sent = post(relay, "to-sender")
    assert envelopes(relay, sent) == [("bob", at("ann"), None)]
    assert reports(relay, sent) == [(at("ann"), True)]
    asked = post(relay, (at("to-sender"), ["NOTIFY=SUCCESS,FAILURE"]))
    assert [one[2] for one in envelopes(relay, asked)] == ["SUCCESS,FAILURE"]


def test_reports_to_the_manager_change_the_envelope_sender(relay):
    """Failures go to the manager, everything else is suppressed."""
    sent = post(relay, (at("to-manager"), ["NOTIFY=SUCCESS,DELAY,FAILURE"]))
    assert envelopes(relay, sent) == [("bob", at("gus"), "FAILURE")]
    assert reports(relay, sent) == [(at("gus"), True)]


def test_reports_to_nobody_empty_the_envelope_sender(relay):
    sent = post(relay, "to-nobody")
    assert envelopes(relay, sent) == [("bob", "", "NEVER")]
    assert reports(relay, sent) == []


def test_reports_to_both_go_to_the_originator(relay):
    assert envelopes(relay, post(relay, "to-both")) == [("bob", at("ann"), None)]


def test_a_sender_who_wants_no_reports_gets_none(relay):
    """Nor does the manager: NOTIFY=NEVER stays."""
    sent = post(relay, (at("to-manager"), ["NOTIFY=NEVER"]))
    assert envelopes(relay, sent) == [("bob", at("gus"), "NEVER")]
    assert reports(relay, sent) == []


def test_switches_that_are_not_set_are_a_setting(relay, cautious):
    """To Exchange an absent Boolean is false; its cmdlets write TRUE."""
    assert envelopes(relay, post(relay, "not-said")) == [("bob", at("ann"), None)]
    assert envelopes(cautious, post(cautious, "not-said")) == [("bob", "", "NEVER")]
    assert suppressed(relay, post(relay, "not-said")) == {"bob": None}
    assert suppressed(cautious, post(cautious, "not-said")) == {"bob": ["OOF"]}
    for same in ("to-sender", "usual"):
        assert {sender for _, sender, _ in envelopes(cautious, post(cautious, same))} == {at("ann")}


@pytest.mark.parametrize("group,sender,notify", [
    ("half-manager", at("gus"), "FAILURE"), ("half-sender", at("ann"), None), ("half-nobody1", "", "NEVER"),
    ("half-nobody2", "", "NEVER")])
def test_one_switch_without_the_other_counts_as_false(relay, group, sender, notify):
    assert envelopes(relay, post(relay, group)) == [("bob", sender, notify)]


def test_the_manager_is_the_first_owner_by_his_primary_address(relay):
    """gus has two addresses, mia's mailbox is in the cloud; further owners do not count."""
    assert envelopes(relay, post(relay, "co-owned")) == [("bob", at("gus"), "FAILURE")]
    assert envelopes(relay, post(relay, "to-migrated")) == [("cia", at("mia"), "FAILURE")]


@pytest.mark.parametrize("group", ["ownerless", "mailless"])
def test_a_manager_without_address_means_nobody(relay, group):
    assert envelopes(relay, post(relay, group)) == [("bob", "", "NEVER")]


def test_who_sends_as_the_group_leaves_failures_to_the_manager(relay):
    sent = post(relay, "to-manager", sender=at("to-manager"))
    assert envelopes(relay, sent) == [("bob", at("gus"), "FAILURE")]
    assert reports(relay, sent) == [(at("gus"), True)]


# ---- reports that are addressed to a group ----

@pytest.mark.parametrize("group", ["to-sender", "to-nobody", "not-said", "to-both"])
def test_a_report_to_a_group_is_not_delivered(relay, group):
    sent = post(relay, group, "hal", sender="", headers=BOUNCE, body=BOUNCE_BODY)
    assert_refused(sent, group, 550, "5.7.1")
    assert got(relay, sent) == ["hal"]


def test_a_failure_report_goes_to_the_manager_alone(relay):
    sent = post(relay, "to-manager", sender="", headers=BOUNCE, body=BOUNCE_BODY)
    assert [(one.recipient, one.sender) for one in copies(relay, sent)] == [(at("gus"), "")]


@pytest.mark.parametrize("headers", [REPORT, [*REPORT, (
    "Content-Type", "multipart/report; report-type=disposition-notification; boundary=b")]], ids=["oof", "mdn"])
def test_other_reports_do_not_reach_the_manager(relay, headers):
    sent = post(relay, "to-manager", sender="", headers=headers, body="--b\r\n\r\nI am away.\r\n--b--\r\n")
    relay.mta.wait_idle()
    assert relay.mta.sink.recipients(sent.message_id) == []
    beside = post(relay, "to-manager", "hal", sender="", headers=headers, body="--b\r\n\r\nI am away.\r\n--b--\r\n")
    assert got(relay, beside) == ["hal"]


# ---- out of office ----

def test_out_of_office_replies_are_suppressed(relay):
    assert suppressed(relay, post(relay, "quiet")) == {"dan": ["OOF"]}
    assert suppressed(relay, post(relay, "usual")) == {"cia": None}


@pytest.mark.parametrize("before,after", [("DR, RN", {"DR", "RN", "OOF"}), ("OOF", {"OOF"}), ("All", {"All"}),
                                          ("NRN, oof", {"NRN", "OOF"})])
def test_suppression_joins_what_the_message_asks(relay, before, after):
    values = suppressed(relay, post(relay, "quiet", headers=[(SUPPRESS, before)]))["dan"]
    assert len(values) == 1
    words = {word.strip().lower() for word in values[0].split(",")}
    assert words in ({word.lower() for word in after}, {word.lower() for word in after} | {"oof"})


def test_suppression_concerns_the_groups_members_only(relay):
    sent = post(relay, "quiet", "usual", "hal")
    assert suppressed(relay, sent) == {"cia": None, "dan": ["OOF"], "hal": None}


# ---- copies ----

def test_another_envelope_sender_needs_a_copy_of_its_own(relay):
    sent = post(relay, "to-manager", "usual", "hal")
    assert sorted(envelopes(relay, sent)) == [("bob", at("gus"), "FAILURE"), ("cia", at("ann"), None),
                                              ("hal", at("ann"), None)]
    assert reports(relay, sent) == [(at("gus"), True)]
    relay.daemon.wait_log("%s: envelope: .*split=1" % sent.queue_id)


def test_who_is_named_beside_a_split_group_gets_one_copy(relay):
    """The one that the sender addressed to him. Who is in two such groups gets both: neither knows of the other."""
    sent = post(relay, "to-manager", "bob.other")
    assert envelopes(relay, sent) == [("bob.other", at("ann"), None)]
    both = post(relay, "to-manager", "to-nobody", "hal")
    assert sorted(envelopes(relay, both)) == [("bob", "", "NEVER"), ("bob", at("gus"), "FAILURE"),
                                              ("hal", at("ann"), None)]


def test_every_group_gets_the_copy_it_needs(relay):
    sent = post(relay, "to-manager", "to-another-manager", "to-nobody", "quiet", "quiet-manager", "hal")
    assert sorted(envelopes(relay, sent)) == [
        ("bob", "", "NEVER"), ("bob", at("gus"), "FAILURE"), ("cia", at("hal"), "FAILURE"), ("dan", at("ann"), None),
        ("eve", at("gus"), "FAILURE"), ("hal", at("ann"), None)]
    assert {one.recipient: one.message[SUPPRESS] for one in copies(relay, sent)
            if one.recipient in (at("dan"), at("eve"), at("hal"))} == {
                at("dan"): "OOF", at("eve"): "OOF", at("hal"): None}


def test_groups_with_the_same_needs_share_a_copy(relay):
    sent = post(relay, "to-manager", "co-owned")
    assert envelopes(relay, sent) == [("bob", at("gus"), "FAILURE")]
    relay.daemon.wait_log("%s: envelope: .*split=0" % sent.queue_id)


def test_a_split_copy_leaves_nothing_of_the_way_it_took(relay):
    """Neither the reserved domain nor the header that travelled with it, but for the line of Received that Postfix
    writes by itself on a message with one recipient."""
    sent = post(relay, "to-manager", "quiet", "hal")
    seen = {one.recipient: one for one in copies(relay, sent)}
    assert sorted(seen) == [at("bob"), at("dan"), at("hal")]
    for one in seen.values():
        names = [name for name, value in one.message.items() if name != "Received" and SPLIT % 1 in value]
        assert names == [] and SPLIT % 1 not in str(one.parameters)
    assert [seen[at(name)].message["X-Rollcall-Split"] for name in ("bob", "dan")] == [None, None]


def test_without_a_second_listener_what_cannot_share_waits(relay, contoso, workshop):
    alone = exchange.relay(workshop, contoso, directory={"schema": "ad"})
    assert envelopes(alone, post(alone, "to-manager")) == [("bob", at("gus"), "FAILURE")]
    sent = post(alone, "hal", "to-manager")
    replies = [refusal(sent, "hal")[0], refusal(sent, "to-manager")[0], sent.final and sent.final[0]]
    assert replies in ([250, 452, 250], [250, 250, 451]), replies
    alone.mta.wait_idle()
    assert alone.mta.sink.recipients(sent.message_id) == ([at("hal")] if sent.accepted else [])
