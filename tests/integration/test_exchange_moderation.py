# SPDX-License-Identifier: BSD-2-Clause
"""Exchange's rules of moderation: who need not ask, and what becomes of the rest (the guide's table "How Exchange does
it", Moderation)"""
import pytest

from servers import exchange
from servers.exchange import assert_refused, at, copies, dn, dynamic, got, post, static, verdicts
from servers.process import run

SPLIT = "split-moderation%d.rollcall.invalid"
ON = {"msExchEnableModeration": ["TRUE"]}

ENTRIES = [
    static("bypassers", "fay"),
    dynamic("moderated", "bob", **ON, msExchModeratedByLink=[dn("cia")], managedBy=[dn("dan")],
            msExchBypassModerationLink=[dn("eve")], msExchBypassModerationFromDLMembersLink=[dn("bypassers")],
            msExchArbitrationMailbox=[dn("hal")], msExchModerationFlags=["6"]),
    dynamic("silent", "bob", **ON, msExchModeratedByLink=[dn("cia")], msExchModerationFlags=["0"]),
    dynamic("by-owner", "bob", **ON, managedBy=[dn("dan")]),
    static("by-owners", "bob", **ON, managedBy=[dn("dan")], msExchCoManagedByLink=[dn("eve")]),
    dynamic("by-nobody", "bob", **ON),
    dynamic("off", "bob", msExchEnableModeration=["FALSE"], msExchModeratedByLink=[dn("cia")]),
    static("above", "gus", "moderated"),
    static("above-moderated", "gus", "moderated", **ON, msExchModeratedByLink=[dn("eve")], msExchModerationFlags=["7"]),
    dynamic("free", "hal"),
]


@pytest.fixture(scope="module")
def relay(contoso, shared_workshop):
    contoso.add(ENTRIES)
    return exchange.relay(shared_workshop, contoso, split_domain=SPLIT % 1)


@pytest.fixture(scope="module")
def holding(relay, contoso, shared_workshop):
    """Its hold queue is empty at first: what other files left there is deleted."""
    run("postsuper", "-c", relay.mta.folder + "/etc", "-d", "ALL", "hold")
    return exchange.relay(shared_workshop, contoso, directory={"schema": "ad"}, policy={"moderated": "hold"},
                          split_domain=SPLIT % 2)


def release(relay):
    """As a moderator's decision is carried out: every held message goes on."""
    names = relay.mta.queued("hold")
    for name in names:
        relay.mta.release(name)
    return names


def test_a_moderated_group_refuses_who_would_have_to_ask(relay):
    sent = post(relay, "moderated", "free")
    assert_refused(sent, "moderated", 550, "5.7.1", "moderated@contoso.test")
    assert got(relay, sent) == ["hal"]


def test_moderators_owners_and_listed_senders_need_no_approval(relay):
    assert verdicts(relay, "moderated", "cia", "dan", "eve", "fay", "gus") == {
        "cia": 250, "dan": 250, "eve": 250, "fay": 250, "gus": "5.7.1"}
    assert got(relay, post(relay, "moderated", sender=at("cia.other"))) == ["bob"]


def test_without_a_moderator_the_owner_moderates(relay):
    assert verdicts(relay, "by-owner", "dan", "cia") == {"dan": 250, "cia": "5.7.1"}
    assert verdicts(relay, "by-owners", "dan", "eve", "cia") == {"dan": 250, "eve": 250, "cia": "5.7.1"}
    assert verdicts(relay, "by-nobody", "ann", "bob") == {"ann": "5.7.1", "bob": "5.7.1"}


def test_moderators_mean_nothing_while_moderation_is_off(relay):
    assert got(relay, post(relay, "off")) == ["bob"]


def test_moderation_holds_by_setting(holding):
    """Expanded first, then held, for an administrator to release; nobody is told."""
    sent = post(holding, "moderated")
    assert got(holding, sent) == []
    assert holding.mta.queued("hold")
    holding.daemon.wait_log("held: group=<moderated@contoso.test>")
    release(holding)
    assert got(holding, sent) == ["bob"]
    assert holding.mta.sink.reports(sent.message_id) == []


def test_only_the_moderated_recipient_waits(holding):
    sent = post(holding, "moderated", "free", "gus")
    assert got(holding, sent) == ["gus", "hal"]
    assert len(release(holding)) == 1
    assert got(holding, sent) == ["bob", "gus", "hal"]


def test_who_need_not_ask_is_not_held(holding):
    assert got(holding, post(holding, "moderated", sender=at("eve"))) == ["bob"]
    assert holding.mta.queued("hold") == []


def test_no_arbitration_mailbox_is_used(holding):
    """hal's is the arbitration mailbox of the group."""
    sent = post(holding, "moderated")
    release(holding)
    assert [(one.recipient, one.sender) for one in copies(holding, sent)] == [(at("bob"), at("ann"))]


def test_a_nested_moderated_group_needs_its_own_approval(relay, holding):
    """An approval for the outer group is none for the inner one: it is left out."""
    assert got(relay, post(relay, "above")) == ["gus"]
    assert got(relay, post(relay, "above", sender=at("cia"))) == ["bob", "gus"]
    assert got(relay, post(relay, "above-moderated", sender=at("eve"))) == ["bob", "gus"]
    assert verdicts(relay, "above-moderated", "cia") == {"cia": "5.7.1"}


def test_a_nested_moderated_group_holds_the_whole_group_by_setting(holding):
    sent = post(holding, "above", "free")
    assert got(holding, sent) == ["hal"]
    release(holding)
    assert got(holding, sent) == ["bob", "gus", "hal"]
    assert got(holding, post(holding, "above", sender=at("cia"))) == ["bob", "gus"]


def test_notification_flags_change_nothing(relay):
    """The reply is the notification, and comes always."""
    assert verdicts(relay, "silent", "ann", "cia") == {"ann": "5.7.1", "cia": 250}
