# SPDX-License-Identifier: BSD-2-Clause
"""Exchange's rules of resolution: whose address is this? (the guide's table "How Exchange does it", Resolution and
Texts)"""
import pytest

from servers import exchange
from servers.exchange import assert_refused, at, copies, dn, dynamic, got, person, post, static
from servers.process import wait_for

OTHER = exchange.OTHER_DOMAIN
QUICK = {"connect-timeout": "1 s", "answer-timeout": "1 s", "retry-interval": "1 s"}
MANY = ["many%02d" % number for number in range(24)]
PRECEDENCE = "/o=Contoso/cn=Recipients/cn=precedence"
# With `=` and the rest literal as Outlook writes it, the longest local part that Exchange takes: 315 octets.
LONGEST = "/o=Contoso/cn=" + "x" * (315 - len("IMCEAEX-_o=Contoso_cn="))

ENTRIES = [
    *(person(name) for name in MANY),
    static("several", "bob", "cia", mail=["by.mail@contoso.test"], legacyExchangeDN=[exchange.LEGACY % "several"],
           proxyAddresses=["SMTP:several@contoso.test", "smtp:formerly@contoso.test", "smtp:several@" + OTHER,
                           "X500:/o=Old/ou=First/cn=Recipients/cn=several", "X400:C=DE;A= ;P=Contoso;S=several;"]),
    static("twin1", "bob", proxyAddresses=["SMTP:twin1@contoso.test", "smtp:twin@contoso.test"]),
    static("twin2", "cia", proxyAddresses=["SMTP:twin2@contoso.test", "smtp:twin@contoso.test"]),
    dynamic("no-address", "dan", mail=None, proxyAddresses=None),
    static("around-it", "cia", "no-address"),
    static("by-legacy", "bob", legacyExchangeDN=[PRECEDENCE]),
    static("by-proxy", "cia", proxyAddresses=["SMTP:by-proxy@contoso.test", "X500:" + PRECEDENCE]),
    static("longest", "bob", legacyExchangeDN=[LONGEST]),
    static("longer", "bob", legacyExchangeDN=[LONGEST + "x"]),
]


@pytest.fixture(scope="module")
def relay(contoso, shared_workshop):
    contoso.add(ENTRIES)
    return exchange.relay(shared_workshop, contoso)


@pytest.fixture(scope="module")
def strict(relay, contoso, shared_workshop):
    return exchange.relay(shared_workshop, contoso, unknown_recipients="refuse")


def encapsulated(legacy, domain=exchange.DOMAIN, kind="EX", plain="="):
    """An X.500 address as a local part: `/` is `_`, what is neither a letter nor a digit `+XX`."""
    return "IMCEA%s-%s@%s" % (kind, "".join(
        "_" if letter == "/" else letter if letter.isalnum() or letter in plain else "+%02X" % ord(letter)
        for letter in legacy), domain)


def post_until_accepted(hasty):
    """Its patience with the directory is short: on a busy machine too short, now and then."""
    return wait_for(lambda: (lambda one: one.accepted and one)(post(hasty, "several")), "an answer in time", 15, 0.2)


def test_a_transient_directory_error_defers(relay, contoso, shared_workshop):
    hasty = exchange.relay(shared_workshop, contoso, directory={**QUICK, "schema": "ad"}, limits={"max-time": "4 s"})
    assert got(hasty, post_until_accepted(hasty)) == ["bob", "cia"]
    contoso.freeze()
    try:
        sent = post(hasty, "several", "someone@elsewhere.example")
    finally:
        contoso.thaw()
    assert_refused(sent, "several", 451, "4.4.3")
    assert got(hasty, sent) == ["someone@elsewhere.example"]
    assert got(hasty, post_until_accepted(hasty)) == ["bob", "cia"]


def test_more_than_twenty_recipients_are_resolved(relay):
    sent = post(relay, *MANY, "several", sender="nobody.known@elsewhere.example")
    assert got(relay, sent) == ["bob", "cia", *MANY]


def test_proxy_addresses_are_searched_and_mail_is_not(relay, strict):
    assert got(relay, post(relay, "by.mail")) == ["by.mail"]
    assert_refused(post(strict, "by.mail"), "by.mail", 550, "5.1.10")
    assert got(strict, post(strict, "several")) == ["bob", "cia"]


@pytest.mark.parametrize("address", [at("formerly"), at("several", OTHER), "Formerly@CONTOSO.test"])
def test_a_secondary_address_finds_the_group(relay, address):
    """A person's is left as it is: the next hop knows it."""
    sent = post(relay, address, at("eve.other"))
    assert got(relay, sent) == ["bob", "cia", "eve.other"]


def test_the_address_that_was_used_is_kept_for_reports(relay):
    """If the client asked for reports about it; else members' systems do not learn which group it was."""
    used = "ORCPT=rfc822;formerly@contoso.test"
    for options, wanted in (([used, "NOTIFY=FAILURE"], True), ([used], False), (["NOTIFY=FAILURE"], False)):
        sent = post(relay, (at("formerly"), options), "eve")
        kept = {one.recipient: "formerly" in one.parameters.get("ORCPT", "") for one in copies(relay, sent)}
        assert kept == {at("bob"): wanted, at("cia"): wanted, at("eve"): False}


def test_all_addresses_of_a_group_are_one_group(relay):
    sent = post(relay, "several", at("formerly"), at("several", OTHER), at("bob.other"))
    assert got(relay, sent) == ["bob.other", "cia"]


def test_an_ambiguous_address_is_not_delivered(relay):
    sent = post(relay, "twin", "eve")
    assert_refused(sent, "twin", 451, "4.3.5")
    assert got(relay, sent) == ["eve"]
    relay.daemon.wait_log("to be repaired.*twin@contoso.test")


def test_a_dynamic_group_without_an_address_is_invalid(relay):
    """Nobody can write to it, and inside another group it brings nobody."""
    assert got(relay, post(relay, "around-it")) == ["cia"]


@pytest.mark.parametrize("legacy", [exchange.LEGACY % "several", (exchange.LEGACY % "several").upper(),
                                    "/o=Old/ou=First/cn=Recipients/cn=several"])
@pytest.mark.parametrize("plain", ["=", "=-.", ""])
def test_an_encapsulated_legacy_address_is_decoded(relay, legacy, plain):
    assert got(relay, post(relay, encapsulated(legacy, plain=plain))) == ["bob", "cia"]


def test_the_legacy_name_goes_before_x500_proxies(relay):
    assert got(relay, post(relay, encapsulated(PRECEDENCE))) == ["bob"]


def test_encapsulated_addresses_are_decoded_in_our_domains_only(relay):
    foreign = encapsulated(exchange.LEGACY % "several", "elsewhere.example")
    assert got(relay, post(relay, foreign)) == [foreign]
    assert got(relay, post(relay, encapsulated(exchange.LEGACY % "several", OTHER))) == ["bob", "cia"]


@pytest.mark.parametrize("kind,text", [("SMTP", "several@contoso.test"), ("X500", exchange.LEGACY % "several")])
def test_imceasmtp_and_imceax500_are_not_decoded(relay, strict, kind, text):
    address = encapsulated(text, kind=kind)
    assert_refused(post(strict, address), address, 550, "5.1.10")
    assert [one.recipient for one in copies(relay, post(relay, address))] == [address]


def test_an_encapsulated_address_has_at_most_315_octets(strict):
    """A longer one is no address to rollcall: it passes untouched."""
    longest, longer = encapsulated(LONGEST), encapsulated(LONGEST + "x")
    assert len(longest.rpartition("@")[0]) == 315
    assert got(strict, post(strict, longest)) == ["bob"]
    assert [one.recipient for one in copies(strict, post(strict, longer))] == [longer]


def test_an_unknown_recipient_is_told_so(relay, strict):
    sent = post(strict, "no.such.name", "eve")
    assert_refused(sent, "no.such.name", 550, "5.1.10")
    assert got(strict, sent) == ["eve"]
    assert got(relay, post(relay, "no.such.name")) == ["no.such.name"]


def test_an_unknown_legacy_address_is_told_so(strict):
    address = encapsulated(exchange.LEGACY % "no.such.name")
    assert_refused(post(strict, address), address, 550, "5.1.11")
