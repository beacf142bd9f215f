# SPDX-License-Identifier: BSD-2-Clause
"""test_streams_scripted.py - what Active Directory does and Samba does not, replies in rounds and attributes in ranges;
and servers on a bad day
"""
import pytest
from ldap_responder import BASE, SILENCE, Responder, done, entry_of, integer, octets, read_all, reference, tlv
from servers.stream_follower import after_full_pass

DIRSYNC, EXTENDED = "1.2.840.113556.1.4.841", "1.2.840.113556.1.4.529"
ROOT = {"supportedControl": [DIRSYNC, EXTENDED], "namingContexts": [BASE], "highestCommittedUSN": ["100"],
        "dsServiceName": ["CN=DC1," + BASE]}
ANN, BOB, ALL = ("CN=%s,%s" % (name, BASE) for name in ("ann", "bob", "all"))
CREATED = {"objectClass": ["top"], "whenCreated": ["20260101000000.0Z"]}


def guid(dn):
    return dn.encode()[3:6] * 5 + b"!"


def news(dn, **attributes):
    """An entry of DirSync; `member__added`, `member__removed`, `proxyAddresses__first`."""
    options = {"added": ";range=1-1", "removed": ";range=0-0", "first": ";range=0-1"}
    named = {name.partition("__")[0] + options.get(name.partition("__")[2], ""): values
             for name, values in attributes.items()}
    return entry_of("<GUID=x>;" + dn, {"objectGUID": [guid(dn)], **named})


def end(cookie, more=False):
    return done(control=(DIRSYNC, tlv(0x30, integer(int(more)) + integer(0) + octets(cookie))))


class Script:
    """`rounds`: cookie -> answers. `whole`: DN -> attributes, for reads of one entry and for presence searches."""

    def __init__(self, rounds, whole):
        self.rounds, self.whole = rounds, whole

    def __call__(self, search):
        if DIRSYNC in search.controls:
            cookie = read_all(read_all(search.controls[DIRSYNC])[0][1])[2][1]
            return self.rounds.get(cookie.decode(), [end(cookie)])
        if search.scope == 0:
            found = self.whole.get(search.base)
            return [entry_of("<GUID=x>;" + search.base, found), done()] if found else [done(32)]
        return [entry_of(dn, {"objectGUID": [guid(dn)]}) for dn in self.whole] + [done(cookie=b"")]


@pytest.fixture
def controller():
    """controller(ROUNDS, WHOLE): a scripted one."""
    made = []

    def start(rounds, whole, **options):
        made.append(Responder(Script(rounds, whole), root=ROOT, **options))
        return made[-1]
    yield start
    for one in made:
        one.close()


def test_a_full_pass_in_rounds(controller, follow):
    """An object comes back for more of its links, one is deleted meanwhile, one has more values than fit."""
    server = controller({
        "": [news(ANN, cn=["ann"], **CREATED),
             news(ALL, cn=["all"], member__added=[ANN], member__removed=["CN=x"], **CREATED),
             news("CN=old\\0ADEL:1,CN=Deleted Objects," + BASE, isDeleted=["TRUE"], **CREATED), end("1", more=True)],
        "1": [news(ALL, member__added=[BOB]), news(BOB, proxyAddresses__first=["a", "b"], **CREATED),
              end("2", more=True)],
        "2": [news(ANN, isDeleted=["TRUE"]), end("3")],
    }, {BOB: {"objectClass": ["top"], "proxyAddresses": ["a", "b", "c"], "uSNChanged": ["1"]}, ALL: {}})
    one = after_full_pass(follow("--uri", server.uri, context=BASE))
    assert {dn for dn, _ in one.image.entries.values()} == {ALL, BOB}
    assert one.image.values(ALL, "member") == {ANN, BOB}
    assert one.image.named(BOB)[1] == {"objectclass": {"top"}, "proxyaddresses": {"a", "b", "c"}}


def test_a_class_that_changes_and_an_object_that_comes_back_are_read(controller, follow):
    server = controller({
        "": [news(ANN, cn=["ann"], **CREATED), end("1")],
        "1": [news(ANN, objectClass=["top", "more"]), news(BOB, name=["bob"], isDeleted=[]), end("2")],
    }, {ANN: {"objectClass": ["top", "more"], "cn": ["ann"]}, BOB: {"objectClass": ["top"], "mail": ["bob"]}})
    one = after_full_pass(follow("--uri", server.uri, context=BASE))
    one.until(lambda image: image.named(BOB), "the one that came back")
    assert one.image.named(BOB)[1] == {"objectclass": {"top"}, "mail": {"bob"}}
    assert one.image.named(ANN)[1] == {"objectclass": {"top", "more"}, "cn": {"ann"}}


@pytest.mark.parametrize("answers", [
    [news(ANN, **CREATED), done(4)], [news(ANN, **CREATED), done()], [news(ANN, **CREATED), SILENCE],
    [reference("ldap://elsewhere.example.test/DC=child," + BASE), end("1")],
    [entry_of("no name", {"objectGUID": [b"!" * 16]}), end("1")],
    [news(ANN, member__added=[BOB], **{"cn;range=x": ["y"]}), end("1")]])
def test_what_is_not_complete_is_no_pass(controller, follow, answers):
    server = controller({"": answers}, {})
    one = follow("--uri", server.uri, "--answer-timeout", "0.05", "--method", "dirsync", context=BASE)
    one.event("mirror stream failed")
    assert not any(batch.last for batch in one.batches)


def test_dirsync_that_is_refused_is_polled_instead(controller, follow):
    server = controller({"": [done(53)]}, {})
    one = follow("--uri", server.uri, context=BASE)
    one.event("method=\"poll of " + BASE)
    after_full_pass(one)
