# SPDX-License-Identifier: BSD-2-Clause
"""test_streams_ad.py - what a mirror hears of a real domain controller: DirSync, and polling by uSNChanged

As test_streams.py.
"""
import os
import re
import shutil

import pytest
from servers import company, samba
from servers.ldif import BASE
from servers.stream_follower import OTHER, PERSON, after_full_pass, exercise, names_on


@pytest.fixture(scope="module")
def domain(new_folder):
    server = samba.Controller(new_folder("dc"), company.entries()).start()
    yield server
    server.close()


def bind_as(server, who, password):
    path = "%s/password-%s" % (server.folder, who.split("@")[0])
    with open(path, "w", encoding="ascii") as out:
        out.write(password + "\n")
    return ["--uri", "ldaps://" + samba.ADDRESS, "--ca-file", server.folder + "/tls/ca.pem", "--bind", "simple",
            "--bind-dn", who, "--password-file", path]


def as_admin(server):
    return bind_as(server, samba.ADMIN, samba.ADMIN_PASSWORD)


def as_account(server):
    return bind_as(server, "%s@%s" % (samba.ACCOUNT, samba.DOMAIN), samba.PASSWORD)


@pytest.mark.parametrize("method", ["auto", "poll"])
def test_samba(domain, follow, method):
    one = after_full_pass(follow(*as_admin(domain), "--method", method, "--presence", "0.5", inside=domain.inside))
    exercise(domain, one)
    assert {dn.lower() for dn, _ in one.image.entries.values()} == names_on(domain)
    assert ("method=dirsync" if method == "auto" else "method=poll") in one.status()


def test_dirsync_tells_of_deletions_by_itself(domain, follow):
    gone = "CN=gone," + company.PARTNERS
    domain.add([(gone, {"objectClass": ["contact"]})])
    one = after_full_pass(follow(*as_admin(domain), inside=domain.inside))
    domain.delete(gone)
    one.until(lambda image: not image.named(gone), "the deletion")
    assert one.done("presence") <= 1  # the one after the full pass
    domain.revive("gone", gone)
    one.until(lambda image: image.named(gone), "the one that came back")
    assert "contact" in one.image.values(gone, "objectclass") and one.done("full") == 1
    domain.delete(gone)
    one.until(lambda image: not image.named(gone), "the second deletion")


def test_an_account_that_sees_no_deletions(domain, follow):
    gone = "CN=unseen," + company.PARTNERS
    domain.add([(gone, {"objectClass": ["contact"]})])
    one = after_full_pass(follow(*as_account(domain), "--presence", "0.5", inside=domain.inside))
    assert "ldbedit" in one.event("cannot see deletions")
    domain.delete(gone)
    one.until(lambda image: not image.named(gone), "the deletion")
    assert one.done("presence") >= 1 and one.done("full") == 1


def test_dirsync_of_a_base_below_the_context(domain, follow):
    one = after_full_pass(follow(*as_admin(domain), context=company.GROUPS, inside=domain.inside))
    assert "dirsync of " + BASE in one.event("mirror stream opened")
    assert one.image.named(PERSON)


def test_links_are_known_by_what_they_point_to(domain, follow):
    one = after_full_pass(follow(*as_admin(domain), inside=domain.inside))
    with one.lock:
        member = next(word for batch in one.batches for change in batch.changes for word in change
                      if word.startswith("member="))
    assert re.match(r"member=<GUID=[0-9a-f-]{36}>;(<SID=S-1-[0-9-]+>;)?CN=", member)
    with one.lock:
        assert not any(change[2].startswith("<") for batch in one.batches for change in batch.changes if change[2:])


def test_dirsync_resumes_by_its_cookie(domain, follow, new_folder):
    cookie = os.path.join(new_folder("cookie"), "cookie")
    one = after_full_pass(follow(*as_admin(domain), "--cookie-file", cookie, inside=domain.inside))
    one.stop()
    domain.replace(OTHER, description=["resumed"])
    two = follow(*as_admin(domain), "--cookie-file", cookie, inside=domain.inside)
    two.image.entries = one.image.entries
    two.until(lambda image: image.values(OTHER, "description") == {"resumed"}, "the change")
    assert two.done("full") == 0
    two.stop()
    with open(cookie, "rb") as file:
        head, _, own = file.read().partition(b"\n\n")
    with open(cookie, "wb") as file:
        file.write(head + b"\n\n" + own[:40] + b"\xff" * (len(own) - 40))
    three = after_full_pass(follow(*as_admin(domain), "--cookie-file", cookie, inside=domain.inside))
    assert "cookie refused" in three.event("mirror begins anew")


def test_a_controller_that_is_restarted_frozen_and_restored(new_folder, follow):
    """Its own one, since it is disturbed. The account gets the right to see deletions on the way."""
    server = samba.Controller(new_folder("dc"), company.entries()).start()
    try:
        server.stop()
        server.grant("CN=Deleted Objects," + BASE, "RPLC")
        shutil.copytree(server.folder + "/private", server.folder + "/backup", symlinks=True,
                        ignore=shutil.ignore_patterns("ldapi", "*-lock"))
        server.start()
        one = after_full_pass(follow(*as_account(server), "--answer-timeout", "2", "--connect-timeout", "2",
                                     "--retry-interval", "0.5", inside=server.inside))
        server.replace(OTHER, description=["lost"])
        server.delete(PERSON)
        one.until(lambda image: image.values(OTHER, "description") == {"lost"} and not image.named(PERSON), "changes")
        assert not any("cannot see deletions" in event for event in one.events)
        server.freeze()
        one.event("mirror stream failed")
        server.thaw()
        server.replace(OTHER, description=["thawed"])
        one.until(lambda image: image.values(OTHER, "description") == {"thawed"}, "the change after the thaw")
        assert one.done("full") == 1
        server.stop()
        shutil.rmtree(server.folder + "/private")
        shutil.copytree(server.folder + "/backup", server.folder + "/private", symlinks=True)
        server.start()
        one.until(lambda image: image.named(PERSON) and image.values(OTHER, "description") == set(), "the older state",
                  30)
        assert one.done("full") == 2
        server.freeze()
        assert one.stop() < 1.0
        server.thaw()
    finally:
        server.close()
