# SPDX-License-Identifier: BSD-2-Clause
"""Whose mail it is, for senders who lie about it: through a real Postfix and a real Sendmail

Every case is one message to a group that takes authenticated senders only (`insiders`) and one to a group that takes
everybody's (`toauthor`). A stranger's never reaches the first, whatever it says; and what it says does not reach the
members of the second.

Where the two MTAs differ:

| | Postfix 3.7 | Sendmail 8.17 |
|---|---|---|
| a client certificate | {cert_subject}: the CN, only of a chain that verified for client use | {cert_subject}: any DN |
| whether it verified | only then it is named | {verify} says OK; {cn_subject} has the CN |
| several CNs | names the first: two-names is mail.protection.outlook.com's | the DN shows them all: not counted |
| an odd CN | NUL, line feed: says none | escapes: disagrees with {cn_subject} |
| a certificate that does not verify | says nothing: no warning in the log | says so: warning |
| SASL name | {auth_authen} with its realm, ann@example.test | without, ann |
| blank or tab before the colon | the header of that name | the same |
| NUL in a header | ends its value, or makes another name of it: does not count | taken out: counts |
| bare CR in a header | part of the value | 421, the session ends |
"""
import concurrent.futures

import pytest

from servers import front as house
from servers import mail
from servers.company import TEAM, address

INSIDERS, EVERYBODY = address("insiders"), address("toauthor")
FIRST, SECOND = ((house.SECRET_HEADER, secret) for secret in house.SECRETS)
INTERNAL = ("X-MS-Exchange-CrossPremises-AuthAs", "Internal")
OWN_ID = ("X-MS-Exchange-CrossTenant-Id", house.OWN_TENANT)
FOREIGN_ID = ("X-MS-Exchange-CrossTenant-Id", house.FOREIGN_TENANT)
TENANT_INTERNAL = ("X-MS-Exchange-CrossTenant-AuthAs", "Internal")
FORGED = [("X-MS-Exchange-Organization-AuthAs", "Internal"), ("X-MS-Exchange-Organization-SCL", "-1"), INTERNAL,
          ("X-MS-Exchange-CrossPremises-AuthSource", "mx.example.test"), TENANT_INTERNAL, OWN_ID,
          ("x-ms-EXCHANGE-organization-AuthMechanism", "04")]
LOGIN = {"tls": True, "login": ("ann", "Login.1")}
MICROSOFT = {"certificate": "microsoft"}
PUBLISHED = {"tls": True, "source": house.PUBLISHED}
PROOF = [FIRST, INTERNAL]


def secret(value):
    return (house.SECRET_HEADER, value)


def auth_as(value):
    return (INTERNAL[0], value)


# name -> (how the client connects, its headers, origin= of the log, what else stands there)
STRANGERS = {
    "trust-headers": ({}, FORGED, "anonymous", ""),
    "trust-headers-tls": ({"tls": True}, FORGED, "anonymous", ""),
    "secret-without-tls": ({}, PROOF, "anonymous", 'warning="X-Example-Relay over a connection'),
    "secret-without-certificate": ({"tls": True}, PROOF, "anonymous", 'warning="X-Example-Relay over a connection'),
    "foreign-tenant": (MICROSOFT, [*FORGED[:5], FOREIGN_ID], "foreign-cloud", "proof=none"),
    "foreign-and-own-tenant": (MICROSOFT, [FOREIGN_ID, *FORGED], "foreign-cloud", "is there 2 times"),
    "own-tenant-twice": (MICROSOFT, [OWN_ID, *FORGED], "foreign-cloud", "is there 2 times"),
    "own-tenant-without-proof": (MICROSOFT, [INTERNAL, ("X-OriginatorOrg", "example.test")], "foreign-cloud",
                                 'advice="x-originatororg example.test"'),
    "wrong-secret": (MICROSOFT, [secret("first-Secret-0123456788"), INTERNAL], "foreign-cloud", "has a wrong value"),
    "secret-cut": (MICROSOFT, [secret(house.SECRETS[0][:-1]), INTERNAL], "foreign-cloud", "has a wrong value"),
    "secret-longer": (MICROSOFT, [secret(house.SECRETS[0] + "0"), INTERNAL], "foreign-cloud", "has a wrong value"),
    "secret-other-case": (MICROSOFT, [secret(house.SECRETS[0].upper()), INTERNAL], "foreign-cloud",
                          "has a wrong value"),
    "both-secrets": (MICROSOFT, [secret(" ".join(house.SECRETS)), INTERNAL], "foreign-cloud", "has a wrong value"),
    "no-secret": (MICROSOFT, [secret(""), INTERNAL], "foreign-cloud", "has a wrong value"),
    "secret-twice": (MICROSOFT, [FIRST, FIRST, INTERNAL], "foreign-cloud", "is there 2 times"),
    "secret-of-each": (MICROSOFT, [FIRST, SECOND, INTERNAL], "foreign-cloud", "is there 2 times"),
    "right-and-wrong": (MICROSOFT, [FIRST, INTERNAL, secret("x" * 24)], "foreign-cloud", "is there 2 times"),
    "wrong-and-tenant": (MICROSOFT, [secret("x" * 24), *FORGED], "foreign-cloud", "has a wrong value"),
    "address-without-tls": ({"source": house.PUBLISHED}, PROOF, "anonymous", "the connection has no TLS"),
    "address-with-tenant": (PUBLISHED, FORGED, "foreign-cloud", "tenant ID not counted"),
    "address-wrong-secret": (PUBLISHED, [secret("x" * 24), INTERNAL], "foreign-cloud", "has a wrong value"),
    "name-of-another": ({"certificate": "other-name", "source": "127.0.0.3"}, PROOF, "anonymous",
                        'tls-name="relay.example.net"'),
}
# Our own tenant's, but not of one of us: the message is as trusted as it comes, and says itself that it is a stranger's.
EXTERNAL = {
    "nothing-said": ([FIRST], 'auth-as="not said"'),
    "anonymous": ([FIRST, auth_as("Anonymous")], 'auth-as="Anonymous"'),
    "partner": ([FIRST, auth_as("Partner")], 'auth-as="Partner"'),
    "nearly": ([FIRST, auth_as("Internals")], 'auth-as="Internals"'),
    "two-in-one": ([FIRST, auth_as("Internal, Internal")], 'auth-as="Internal, Internal"'),
    "twice": ([FIRST, INTERNAL, INTERNAL], "AuthAs is there 2 times"),
    "two-opinions": ([FIRST, INTERNAL, auth_as("Anonymous")], "AuthAs is there 2 times"),
    "of-the-organization": ([FIRST, ("X-MS-Exchange-Organization-AuthAs", "Internal")], 'auth-as="not said"'),
    "of-no-tenant": ([FIRST, TENANT_INTERNAL], 'auth-as="not said"'),
    "of-another-tenant": ([FIRST, FOREIGN_ID, TENANT_INTERNAL], 'auth-as="not said"'),
    "of-two-tenants": ([FIRST, OWN_ID, FOREIGN_ID, TENANT_INTERNAL], 'auth-as="not said"'),
}
FRIENDS = {
    "first-secret": (MICROSOFT, PROOF, "proof=secret"),
    "second-secret": (MICROSOFT, [SECOND, INTERNAL], "proof=secret"),
    "names-in-other-case": (MICROSOFT, [(FIRST[0].upper(), FIRST[1]), (INTERNAL[0].lower(), "internal")],
                            "proof=secret"),
    "folded": (MICROSOFT, [secret("\r\n " + house.SECRETS[0]), auth_as("\r\n\tInternal ")], "proof=secret"),
    "tenant-id": (MICROSOFT, [OWN_ID, TENANT_INTERNAL], "proof=\"tenant-id "),
    "tenant-id-in-capitals": (MICROSOFT, [(OWN_ID[0].upper(), OWN_ID[1].upper()), INTERNAL], "proof=\"tenant-id "),
    "secret-of-a-foreign-id": (MICROSOFT, [*PROOF, FOREIGN_ID], "proof=secret"),
    "published-address": (PUBLISHED, PROOF, 'published-address="127.0.0.2"'),
    "certificate-for-both-uses": ({"certificate": "both-uses"}, PROOF, "proof=secret"),
    "certificate-for-any-use": ({"certificate": "any-use"}, PROOF, "proof=secret"),
    "certificate-in-other-case": ({"certificate": "other-case"}, PROOF, "proof=secret"),
}
# Certificates that nobody is recognised by.
BAD_CERTIFICATES = ["server-use", "expired", "not-yet", "unknown-authority", "other-name", "name-beside", "longer",
                    "prefixed", "host-below", "wildcard", "dn-in-cn", "dn-in-cn-behind", "dn-in-o", "name-in-ou",
                    "two-names", "two-names-other-order", "nul", "line-feed", "blank"]


def refused(sent, recipient):
    """The 550 of this recipient: at RCPT, or where only headers could tell, at the end."""
    code, text = sent.reply(recipient)
    if code == 250:
        code, text = sent.final
    return code == 550 and text.startswith("5.7.133 ")


def names(message):
    return [name.lower() for name in message.keys()]


def trust_headers(message):
    return [name for name in names(message) if name.startswith("x-ms-exchange-")]


def is_clean(delivery, secrets=house.SECRETS):
    """Nothing of the secret is left, in whatever place."""
    return (house.SECRET_HEADER.lower() not in names(delivery.message)
            and not any(value.encode() in delivery.octets for value in secrets))


def cases():
    """(name, how the client connects, its headers) of the tables."""
    for name, (how, headers, _, _) in STRANGERS.items():
        yield name, how, headers
    for name, (headers, _) in EXTERNAL.items():
        yield name, MICROSOFT, headers
    for name, (how, headers, _) in FRIENDS.items():
        yield name, how, headers
    for label in BAD_CERTIFICATES:
        yield label, {"certificate": label}, PROOF


@pytest.fixture(scope="module")
def told(made_fronts):
    """told(FRONT): (name, group) -> Sent, for all cases; sent at once, several sessions at a time."""
    kept = {}

    def tell(front):
        if front.kind not in kept:
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                jobs = {(name, group): pool.submit(front.send, group, headers=headers, **how)
                        for name, how, headers in cases() for group in (INSIDERS, EVERYBODY)}
                kept[front.kind] = {key: job.result() for key, job in jobs.items()}
        return kept[front.kind]
    return tell


@pytest.mark.parametrize("name", STRANGERS)
def test_a_stranger_stays_one(front, told, name):
    _, _, origin, said = STRANGERS[name]
    assert refused(told(front)[name, INSIDERS], INSIDERS)
    sent = told(front)[name, EVERYBODY]
    deliveries = front.deliveries(sent)
    assert sorted(one.recipient for one in deliveries) == TEAM
    for one in deliveries:
        assert trust_headers(one.message) == [] and is_clean(one)
    line = front.line(sent, "origin")
    assert " origin=%s trust=external" % origin in line and said in line
    assert not any(value in front.daemon.log() for value in house.SECRETS)


@pytest.mark.parametrize("name", EXTERNAL)
def test_our_tenants_message_of_a_stranger(front, told, name):
    headers, said = EXTERNAL[name]
    assert refused(told(front)[name, INSIDERS], INSIDERS)
    sent = told(front)[name, EVERYBODY]
    deliveries = front.deliveries(sent)
    assert sorted(one.recipient for one in deliveries) == TEAM
    for one in deliveries:
        assert len(trust_headers(one.message)) == len(headers) - 1 and is_clean(one)
    line = front.line(sent, "origin")
    assert " origin=exchange-online trust=external " in line and said in line


@pytest.mark.parametrize("name", FRIENDS)
def test_our_tenants_message_of_one_of_us(front, told, name):
    _, headers, said = FRIENDS[name]
    sent = told(front)[name, INSIDERS]
    deliveries = front.deliveries(sent)
    assert sorted(one.recipient for one in deliveries) == TEAM
    ours = [one for one, _ in headers if one.lower() != house.SECRET_HEADER.lower()]
    for one in deliveries:
        assert is_clean(one)
        assert sorted(trust_headers(one.message)) == sorted(name.lower() for name in ours)
    line = front.line(sent, "origin")
    assert " origin=exchange-online trust=authenticated " in line and said in line


@pytest.mark.parametrize("label", BAD_CERTIFICATES)
def test_a_certificate_that_is_not_exchange_onlines(front, told, label):
    """Right secret or not: a connection that is not recognised makes it worthless."""
    first_name = front.kind == "postfix" and label == "two-names"
    assert refused(told(front)[label, INSIDERS], INSIDERS) != first_name
    sent = told(front)[label, EVERYBODY]
    assert front.delivered(sent) == TEAM
    line = front.line(sent, "origin")
    assert " origin=%s " % ("exchange-online" if first_name else "anonymous") in line
    unverified = label in ("server-use", "expired", "not-yet", "unknown-authority")
    assert ("{verify} is not OK" in line) == (front.kind == "sendmail" and unverified)


@pytest.mark.parametrize("how", [LOGIN, {**LOGIN, "certificate": "microsoft"}, {**LOGIN, "certificate": "server-use"}],
                         ids=["login", "and-certificate", "and-bad-certificate"])
def test_a_login_is_enough_and_makes_no_tenant(front, how):
    """Whoever logs in is one of us; but what only Exchange Online may say goes from the message."""
    how = {name: value for name, value in how.items() if name != "tls" or "certificate" not in how}
    sent = front.send(INSIDERS, headers=[FIRST, *FORGED], **how)
    deliveries = front.deliveries(sent)
    assert sorted(one.recipient for one in deliveries) == TEAM
    for one in deliveries:
        assert trust_headers(one.message) == [] and is_clean(one)
    login = "ann@example.test" if front.kind == "postfix" else "ann"
    assert ' origin=sasl trust=authenticated login="%s"' % login in front.line(sent, "origin").replace(
        "login=ann", 'login="ann"')


def test_a_session_forgets(front):
    """One connection, message after message: what proved the first proves nothing for the second."""
    with mail.connect(front.port, certificate=front.certificates["microsoft"]) as session:
        for headers, good in ((PROOF, True), ([INTERNAL], False), ([], False), ([SECOND, INTERNAL], True),
                              ([FIRST], False)):
            sent = mail.send(front.port, INSIDERS, headers=headers, session=session)
            assert refused(sent, INSIDERS) != good
            assert front.delivered(sent) == (TEAM if good else [])


def test_a_login_ends_with_its_connection(front):
    assert front.send(INSIDERS, **LOGIN).accepted
    assert refused(front.send(INSIDERS, tls=True), INSIDERS)


def test_the_secret_leaves_every_message(front):
    """Also one without any group, wherever it comes from; the trust headers of such a message stay
    (strip-trust-headers = expanded)."""
    for how in ({}, MICROSOFT, LOGIN):
        headers = [FIRST, INTERNAL, (house.SECRET_HEADER.lower(), "another"), ("X-Example-Relayed", "stays")]
        sent = front.send([address("p09"), "x@elsewhere.example"], headers=headers, **how)
        deliveries = front.deliveries(sent)
        assert sorted(one.recipient for one in deliveries) == [address("p09"), "x@elsewhere.example"]
        for one in deliveries:
            assert is_clean(one, [*house.SECRETS, "another"])
            assert one.message["X-Example-Relayed"] == "stays" and trust_headers(one.message) == [INTERNAL[0].lower()]


def test_what_is_not_ours_to_touch_stays_octet_by_octet(front):
    """Body and signed headers; Subject and others with odd spellings; order."""
    kept = [("DKIM-Signature", "v=1; a=rsa-sha256; d=example.test; s=a; h=From:Subject;\r\n\tbh=x=; b=y="),
            ("X-LD-Processed", house.OWN_TENANT + ",ExtAddr"), ("Authentication-Results", "spf=pass"),
            ("X-MS-Has-Attach", ""), ("x-odd-Spelling", "  two  blanks "), ("ARC-Seal", "i=1; a=x;\r\n b=z")]
    body = "first\r\n\r\n.dot\r\nX-Example-Relay: first\r\nX-MS-Exchange-Organization-AuthAs: Internal\r\n \r\nlast\r\n"
    sent = front.send(EVERYBODY, headers=[*FORGED, *kept, FIRST], body=body)
    for one in front.deliveries(sent):
        head, _, arrived = one.octets.decode().partition("\r\n\r\n")
        assert arrived == body
        places = [head.index("\r\n%s: %s\r\n" % pair) for pair in kept]
        assert places == sorted(places)
        assert trust_headers(one.message) == []


# ---- after DATA, beside others ----


def test_a_refusal_after_data_is_for_that_group_alone(front):
    """Only the headers could tell; the others have been accepted. The refused group's sender gets the MTA's report."""
    sent = front.send([INSIDERS, EVERYBODY, "x@elsewhere.example"], headers=[INTERNAL], **MICROSOFT,
                      sender="reports%s@example.net" % front.kind)
    assert sent.accepted and sent.reply(INSIDERS)[0] == 250
    assert front.delivered(sent) == sorted([*TEAM, "x@elsewhere.example"])
    reports = front.mta.sink.addressed("reports%s@example.net" % front.kind)
    assert len(reports) == 1 and reports[0].sender == ""
    status = reports[0].octets.decode()
    assert "5.7.133" in status and "rfc822;%s" % INSIDERS in status.replace("rfc822; ", "rfc822;")
    assert front.split_domain not in status.partition("Received:")[0]
    assert not any(value in status for value in house.SECRETS)


def test_an_acceptance_after_data_is_for_all(front):
    sent = front.send([INSIDERS, EVERYBODY, "x@elsewhere.example"], headers=PROOF, **MICROSOFT)
    assert front.delivered(sent) == sorted([*TEAM, "x@elsewhere.example"])
    assert " split=0 " in front.line(sent, "envelope")


# ---- header fields that are none, or not what they seem ----

# name -> (octets before the usual header; with the right value in them, on Postfix and on Sendmail: whether it counts,
# whether members see the line; None: Sendmail hangs up)
TRICKS = {
    "blank-before-colon": (b"X-Example-Relay : %s\r\n", (True, False), (True, False)),
    "tab-before-colon": (b"X-Example-Relay\t: %s\r\n", (True, False), (True, False)),
    "no-blank-after-colon": (b"X-Example-Relay:%s\r\n", (True, False), (True, False)),
    "nul-in-value": (b"X-Example-Relay: \0%s\r\n", (False, False), (True, False)),
    "nul-in-name": (b"X-Example\0-Relay: %s\r\n", (False, True), (True, False)),
    "bare-cr-before": (b"X-Other: x\rX-Example-Relay: %s\r\n", (False, True), None),
    "bare-cr-behind": (b"X-Example-Relay: %s\rX-Other: x\r\n", (False, False), None),
    "8-bit": (b"X-Example-Relay: \xc3\xbc%s\r\n", (False, False), (False, False)),
    "8-bit-name": (b"X-Example-Relay\xc3\xbc: %s\r\n", (False, True), (False, True)),
    "comment": (b"X-Example-Relay: (x) %s\r\n", (False, False), (False, False)),
    "encoded-word": (b"X-Example-Relay: =?us-ascii?Q?%s?=\r\n", (False, False), (False, False)),
    "in-the-body": (b"Subject: x\r\n\r\nX-Example-Relay: %s\r\n", (False, True), (False, True)),
    "mbox-line": (b">X-Example-Relay: %s\r\n", (False, True), (False, True)),
    "longer-name": (b"X-Example-Relay-: %s\r\n", (False, True), (False, True)),
    "folded-into-another": (b"X-Other: x\r\n X-Example-Relay: %s\r\n", (False, True), (False, True)),
}


def send_trick(front, octets, value, recipient):
    message_id = mail.new_message_id()
    message = octets % value.encode() + mail.compose(message_id, [INTERNAL]).encode()
    with front.dialog("microsoft") as client:
        return client.transaction("<ann@example.net>", ["<%s>" % recipient], message, message_id)


@pytest.fixture(scope="module")
def tricked(made_fronts):
    """tricked(FRONT): name -> the three Sent of a trick: right value to insiders, wrong one, right one to everybody."""
    kept = {}
    messages = ((house.SECRETS[0], INSIDERS), ("wrong-Secret-0123456789", INSIDERS), (house.SECRETS[0], EVERYBODY))

    def trick(front):
        if front.kind not in kept:
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                jobs = {name: [pool.submit(send_trick, front, octets, *message) for message in messages]
                        for name, (octets, *_) in TRICKS.items()}
                kept[front.kind] = {name: [job.result() for job in three] for name, three in jobs.items()}
        return kept[front.kind]
    return trick


@pytest.mark.parametrize("name", TRICKS)
def test_header_tricks(front, tricked, name):
    """With a wrong value nobody gets in by any spelling; what is taken for the header of ours is gone."""
    expected = TRICKS[name][1 + (front.kind == "sendmail")]
    right, wrong, sent = tricked(front)[name]
    if expected is None:
        assert right.final[0] == 421
        return
    counts, seen = expected
    assert right.accepted == counts
    assert refused(wrong, "<%s>" % INSIDERS)
    front.mta.wait_idle()
    deliveries = [one for one in front.mta.sink.addressed(TEAM[0]) if sent.message_id.encode() in one.octets]
    assert [house.SECRETS[0].encode() in one.octets for one in deliveries] == [seen]


# ---- forged headers of our own ----


def test_a_forged_trace_is_no_loop(front):
    """Nobody can make us refuse somebody else's message, nor expand it twice."""
    forged = [("X-Rollcall-Trace", "A" * 43 + "="), ("X-Rollcall-Trace", ""), ("x-rollcall-trace", "\t" + "B" * 5000)]
    sent = front.send(EVERYBODY, headers=forged)
    assert front.delivered(sent) == TEAM
    first = front.deliveries(sent)[0].message.get_all("X-Rollcall-Trace")
    genuine = next(value for value in first if len(value.strip()) == 44 and not value.startswith("AAAA"))
    replayed = front.send(EVERYBODY, headers=[("X-Rollcall-Trace", genuine)])
    assert front.delivered(replayed) == TEAM, "another message's trace is nothing"
    loop = front.send(EVERYBODY, headers=[("X-Rollcall-Trace", genuine)], message_id=sent.message_id)
    assert loop.final[0] in (550, 554) and loop.final[1].startswith("5.4.6 ")


def test_very_many_headers_end_in_a_refusal_not_in_a_gap(front):
    """Every one is removed, or the message is not taken: never all but some."""
    for count in (200, 5000):
        sent = front.send(EVERYBODY, headers=[("X-MS-Exchange-Organization-N%d" % (number % 7), "x")
                                              for number in range(count)])
        if sent.accepted:
            deliveries = front.deliveries(sent)
            assert len(deliveries) == 2 and all(trust_headers(one.message) == [] for one in deliveries)
        else:
            assert 500 <= sent.final[0] < 600 and count == 5000
