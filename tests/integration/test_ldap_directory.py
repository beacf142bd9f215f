# SPDX-License-Identifier: BSD-2-Clause
"""test_ldap_directory.py - the live LDAP directory against slapd, Samba AD and servers on a bad day

Driven by ldap-probe, a small program over directory.h that reads one command a line.
"""
import os
import re
import ssl
import subprocess
import time

import ldap_responder
import pytest
from ldap_responder import BASE, CLOSE, NOTICE, RESET, SILENCE, Responder, done, entry, reference
from servers import certificates, company, rollcalld
from servers.process import free_port, run, wait_for
from servers.silent import SilentServer
from servers.slapd import LIMITED, READER, Slapd

PROBE = os.environ.get("ROLLCALL_PROBE", os.path.join(rollcalld.BUILD, "tests/integration/ldap-probe"))
UNAVAILABLE, INCOMPLETE, NO_BASE, REFUSED = "unavailable", "incomplete", "no-base", "refused"


class Answer:
    """What one command brought: entries as (DN, text), and how it ended."""

    def __init__(self, lines):
        self.entries, self.dns, self.events, self.findings, self.other = [], [], [], [], []
        for line in lines:
            kind, _, rest = line.partition(" ")
            if kind == "entry":
                self.entries.append(rest)
                self.dns.append(re.sub(r"\\([0-9a-f]{2})", lambda octet: chr(int(octet[1], 16)),
                                       rest.split(" ")[0]).lower())
            elif kind == "event":
                self.events.append(rest)
            elif kind == "finding":
                self.findings.append(rest)
            else:
                self.other.append(line)
        words = self.other[-1].split(" ", 3)
        self.good = words[0] == "ok"
        self.error = None if self.good else words[1]
        self.seconds = float(words[2])
        self.text = "" if self.good else words[3]

    def __repr__(self):
        return "%s %s %s" % (self.error or "ok", self.text, self.entries[:5])


class Probe:
    """A running ldap-probe."""

    def __init__(self, *options, inside=None, env=None, base=BASE, attributes=("cn", "mail")):
        words = [PROBE, "--base", base, *options]
        for name in attributes:
            words += ["--attribute", name]
        self.child = subprocess.Popen((inside.enter() if inside else []) + [str(word) for word in words],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, errors="replace",
                                      env={**os.environ, **rollcalld.WITH_SERVERS, **(env or {})})

    def ask(self, command):
        self.tell(command)
        return self.answer()

    def tell(self, command):
        self.child.stdin.write(command + "\n")
        self.child.stdin.flush()

    def answer(self):
        lines = []
        while True:
            line = self.child.stdout.readline()
            assert line, "ldap-probe ended: %s" % lines
            lines.append(line.rstrip("\n"))
            if re.match(r"(ok \d+|error \S+) \d", line):
                return Answer(lines)

    def search(self, filter, base="-", scope="sub"):
        return self.ask("search %s\t%s\t%s" % (base, scope, filter))

    def crowd(self, filter, threads, times=1):
        """The same search on many threads at once: how each one ended, as (code or None, seconds, text)."""
        self.tell("search-many %d %d -\tsub\t%s" % (times, threads, filter))
        ends = []
        while True:
            line = self.child.stdout.readline()
            assert line, "ldap-probe ended"
            match = re.match(r"(ok|error) (\S*) (\d+\.\d+) (.*)", line)
            if line.startswith("done "):
                return ends
            if match:
                ends.append((match[2] or None, float(match[3]), match[4]))

    def close(self):
        if self.child.stdin:
            self.child.stdin.close()
        status = self.child.wait(30)
        self.child.stdout.close()
        assert status in (0, 1), "ldap-probe: exit %d" % status


@pytest.fixture
def probe():
    """probe(OPTION...): a running ldap-probe, asked to end and looked at afterwards."""
    made = []

    def start(*options, **more):
        made.append(Probe(*options, **more))
        return made[-1]
    yield start
    for one in made:
        one.close()


@pytest.fixture
def responder():
    made = []

    def start(script, **options):
        made.append(Responder(script, **options))
        return made[-1]
    yield start
    for one in made:
        one.close()


@pytest.fixture
def silent():
    server = SilentServer()
    yield server
    server.close()


@pytest.fixture(scope="module")
def small(new_folder):
    """A slapd with the company, that no test here changes."""
    server = Slapd(new_folder("ldap"), company.entries()).start()
    yield server
    server.stop()


def simple(server, who=READER):
    return ["--bind", "simple", "--bind-dn", who, "--password-file", server.password_file]


def fast():
    """Short times, so that what must end ends soon."""
    return ["--connect-timeout", "1", "--answer-timeout", "1", "--retry-interval", "0.2", "--deadline", "10"]


def plain(server):
    return ["--tls", "none", "--uri", server.uri]


# ---- reading, on a real server ----

def test_find_by_address(probe, small):
    asked = probe("--uri", small.tls_uri, "--ca-file", small.ca_file, *simple(small), attributes=("proxyAddresses",))
    person = company.person_dn(1)
    everybody = asked.ask("read " + person)
    primary = re.search(r"proxyaddresses=SMTP:(\S+)", everybody.entries[0])[1]
    assert asked.ask("find " + primary).dns == [person.lower()]
    assert asked.ask("find " + primary.upper()).dns == [person.lower()]
    for nobody in ("nobody-there@example.test", "*@example.test"):
        answer = asked.ask("find " + nobody)
        assert answer.good and answer.dns == []


def test_read_many_keeps_the_order_and_leaves_out_what_is_not_there(probe, small):
    asked = probe("--uri", small.tls_uri, "--ca-file", small.ca_file, *simple(small))
    wanted = [company.person_dn(number) for number in (5, 3, 9)]
    answer = asked.ask("read-many " + "\t".join([wanted[0], "CN=nobody," + BASE, wanted[1], "rubbish", "", wanted[2]]))
    assert answer.dns == [dn.lower() for dn in wanted]
    everyone = [company.person_dn(number) for number in company.NUMBERS] * 5
    assert asked.ask("read-many " + "\t".join(everyone)).dns == [dn.lower() for dn in everyone]


def test_paging_brings_everything_once(probe, slapd):
    asked = probe("--uri", slapd.tls_uri, "--ca-file", slapd.ca_file, *simple(slapd), "--page-size", "97")
    answer = asked.search("(cn=u0*)", base="OU=Crowd," + BASE)
    assert answer.good, answer
    assert len(set(answer.dns)) == len(answer.dns) == 10000


def test_a_missing_base_is_a_definite_answer(probe, small):
    asked = probe("--uri", small.tls_uri, "--ca-file", small.ca_file, *simple(small))
    for filter in ("(cn=*)", "(|)", "(noSuchAttribute=1)"):
        assert asked.search(filter, base="OU=None," + BASE).error == NO_BASE
    for base in ("rubbish", "<GUID=00112233445566778899aabbccddeeff>"):
        assert asked.search("(cn=*)", base=base).error == NO_BASE
    assert asked.search("(|)").good
    assert asked.search("(&)", scope="base").dns == [BASE.lower()]


def test_a_size_limit_is_not_a_shorter_list(probe, small):
    asked = probe("--uri", small.tls_uri, "--ca-file", small.ca_file, *simple(small, LIMITED))
    answer = asked.search("(cn=*)")
    assert answer.error == INCOMPLETE
    assert "limit" in answer.text.lower()


# ---- TLS and binds ----

def test_start_tls_and_ldaps(probe, small):
    for uri in (small.uri, small.tls_uri):
        asked = probe("--uri", uri, "--ca-file", small.ca_file, *simple(small))
        assert asked.search("(cn=milter)").good


@pytest.mark.parametrize("variables", [{}, {"LDAPTLS_REQCERT": "never"}, {"LDAPTLS_CACERT": "CA"},
                                       {"LDAPTLS_REQCERT": "allow", "LDAPTLS_CACERTDIR": "/etc/ssl"}])
@pytest.mark.parametrize("way", ["ldaps", "starttls"])
def test_a_certificate_of_an_unknown_authority_is_refused_whatever_the_environment_says(probe, small, variables, way):
    variables = {name: small.ca_file if value == "CA" else value for name, value in variables.items()}
    uri = small.tls_uri if way == "ldaps" else small.uri
    answer = probe("--uri", uri, *simple(small), env=variables).search("(cn=milter)")
    assert answer.error == UNAVAILABLE
    assert "certificate not accepted" in answer.text


@pytest.mark.parametrize("flaw", ["name", "expired", "none"])
@pytest.mark.parametrize("way", ["ldaps", "starttls"])
def test_a_certificate_of_another_name_or_time_is_refused(probe, responder, new_folder, flaw, way):
    folder = new_folder("tls")
    certificates.make(folder, "dc1.example.test")
    sign(folder, "DNS:other.example.test" if flaw == "name" else "IP:127.0.0.1",
         ["-not_before", "20200101000000Z", "-not_after", "20210101000000Z"] if flaw == "expired" else [])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
    server = responder(lambda search: [done(cookie=b"")], starttls=None, context=context, tls_first=way == "ldaps")
    secret = password_file(folder, "secret\n")
    answer = probe("--uri", server.uri, "--ca-file", folder + "/ca.pem", "--bind", "simple", "--bind-dn", "cn=x",
                   "--password-file", secret).search("(cn=*)")
    if flaw == "none":
        assert answer.good, answer
        assert set(server.passwords) == {b"secret"}
    else:
        assert answer.error == UNAVAILABLE
        assert "certificate not accepted" in answer.text
        assert server.passwords == []


def sign(folder, names, more):
    """Makes the server's certificate again, with these names and `openssl ca` options for its time."""
    with open(folder + "/ca.cnf", "w", encoding="ascii") as out:
        out.write("[ca]\ndefault_ca=c\n[c]\ndatabase=%s/index\nserial=%s/serial\nnew_certs_dir=%s\npolicy=p\n"
                  "default_md=sha256\ndefault_days=30\nx509_extensions=e\nunique_subject=no\n[p]\ncommonName=supplied\n"
                  "[e]\nsubjectAltName=%s\n" % (folder, folder, folder, names))
    open(folder + "/index", "w", encoding="ascii").close()
    with open(folder + "/serial", "w", encoding="ascii") as out:
        out.write("10\n")
    dates = [{"-not_before": "-startdate", "-not_after": "-enddate"}.get(word, word) for word in more]
    run("openssl", "ca", "-batch", "-config", folder + "/ca.cnf", "-cert", folder + "/ca.pem", "-keyfile",
        folder + "/cakey.pem", "-in", folder + "/request.pem", "-out", folder + "/cert.pem", "-notext", *dates)


def password_file(folder, text):
    path = os.path.join(folder, "password")
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    os.chmod(path, 0o600)
    return path


def test_no_password_where_start_tls_is_refused(probe, responder, new_folder):
    server = responder(lambda search: [done(cookie=b"")])
    folder = new_folder("tls")
    ca_file = certificates.make(folder, "dc1.example.test")
    secret = password_file(folder, "secret\n")
    answer = probe("--uri", server.uri, "--ca-file", ca_file, "--bind", "simple", "--bind-dn", "cn=x",
                   "--password-file", secret).search("(cn=*)")
    assert answer.error == UNAVAILABLE
    assert "StartTLS" in answer.text
    assert server.passwords == []


@pytest.mark.parametrize("content, reason", [("", "empty"), ("\n", "empty"), ("a\0b\n", "NUL"),
                                             ("x" * 5000, "too long"), (None, "cannot be read")])
def test_a_password_file_of_no_use_is_never_sent(probe, responder, new_folder, content, reason):
    server = responder(lambda search: [done(cookie=b"")])
    secret = password_file(new_folder("pw"), content or "")
    if content is None:
        os.unlink(secret)
    answer = probe(*plain(server), "--bind", "simple", "--bind-dn", "cn=x", "--password-file", secret).search("(cn=*)")
    assert answer.error == UNAVAILABLE
    assert reason in answer.text
    assert server.passwords == []


def test_external_over_ldapi(probe, small):
    asked = probe("--uri", small.ldapi_uri, "--bind", "external")
    assert asked.search("(cn=milter)").good
    text = "\n".join(asked.ask("check").findings)
    assert "bind: good" in text and "bad" not in text


def test_external_with_a_client_certificate(probe, small):
    """The authority of this test signs the server's certificate too, which serves as the client's here."""
    folder = os.path.dirname(small.ca_file)
    asked = probe("--uri", small.tls_uri, "--ca-file", small.ca_file, "--bind", "external", "--cert-file",
                  folder + "/cert.pem", "--key-file", folder + "/key.pem")
    assert asked.search("(cn=milter)").good


def test_a_wrong_password_is_said_and_not_tried_again_at_once(probe, responder, new_folder):
    server = responder(lambda search: [done(cookie=b"")], bind=49)
    secret = password_file(new_folder("pw"), "wrong\n")
    asked = probe(*plain(server), "--bind", "simple", "--bind-dn", "cn=x", "--password-file", secret,
                  "--retry-interval", "30")
    for _ in range(3):
        answer = asked.search("(cn=*)")
        assert answer.error == UNAVAILABLE
        assert "49" in answer.text
    assert set(server.passwords) == {b"wrong"} and len(server.passwords) <= 2


@pytest.mark.parametrize("options", [
    ["--uri", "ldap://a/dc=x"], ["--uri", "http://a"], ["--uri", "srv:nodots"], ["--uri", "ldap://a b"],
    ["--uri", "srv:example.test", "--tls", "none"], ["--uri", "ldaps://a", "--bind", "simple"],
    ["--uri", "ldap://a", "--bind", "external"], ["--uri", "ldaps://a", "--schema", "x"],
    ["--uri", "ldaps://a", "--connections", "0"], []])
def test_settings_that_contradict_themselves(options):
    done_ = subprocess.run([PROBE, "--base", BASE, *options], input="", capture_output=True, text=True, check=False)
    assert done_.returncode == 1
    assert done_.stdout.startswith("error settings")


# ---- incomplete answers ----

PEOPLE = [entry("CN=p%d,%s" % (number, BASE), cn=["p%d" % number]) for number in range(10)]
URL = "ldap://child.example.test/DC=child," + BASE

BAD_ENDS = {
    "size limit": (lambda search: PEOPLE + [done(4)], INCOMPLETE),
    "time limit": (lambda search: PEOPLE + [done(3)], INCOMPLETE),
    "administrative limit": (lambda search: PEOPLE + [done(11)], INCOMPLETE),
    "referral": (lambda search: [done(10, referrals=[URL])], INCOMPLETE),
    "busy": (lambda search: [done(51)], UNAVAILABLE),
    "unavailable": (lambda search: [done(52)], UNAVAILABLE),
    "insufficient access": (lambda search: [done(50)], REFUSED),
    "no page control": (lambda search: PEOPLE + [done()], INCOMPLETE),
    "reference to a child domain": (lambda search: PEOPLE + [reference(URL), done(cookie=b"")], INCOMPLETE),
    "reference without a DN": (lambda search: [reference("ldap://other.example.test"), done(cookie=b"")], INCOMPLETE),
    "reference, one of two harmless": (lambda search: [
        reference("ldap://x/CN=Configuration," + BASE, URL), done(cookie=b"")], INCOMPLETE),
    "second page refused": (lambda search: PEOPLE + [done(cookie=b"1")] if not search.cookie else [done(53)],
                            INCOMPLETE),
    "cookie lost": (lambda search: PEOPLE + [done(cookie=b"1")] if not search.cookie else [done()], INCOMPLETE),
    "pages without end": (lambda search: [done(cookie=b"again")], INCOMPLETE),
    "a name that is no DN": (lambda search: [entry("rubbish", cn=["x"]), done(cookie=b"")], INCOMPLETE),
    "a range that cannot be read": (
        lambda search: [ldap_responder.entry_of("CN=g," + BASE, {"member;range=x": ["a"]}), done(cookie=b"")],
        INCOMPLETE),
    "no base": (lambda search: [done(32)], NO_BASE),
}


@pytest.mark.parametrize("name", BAD_ENDS)
def test_what_ends_early_is_an_error(probe, responder, name):
    script, expected = BAD_ENDS[name]
    answer = probe(*plain(responder(script)), *fast()).search("(cn=*)")
    assert answer.error == expected, answer


def test_the_reference_is_named(probe, responder):
    server = responder(lambda search: [reference(URL), done(cookie=b"")])
    assert URL in probe(*plain(server)).search("(cn=*)").text


def test_references_to_contexts_without_recipients_are_passed_over(probe, responder):
    urls = ["ldap://ForestDnsZones.example.test/DC=ForestDnsZones," + BASE,
            "ldap://DomainDnsZones.example.test/DC=DomainDnsZones," + BASE,
            "ldap://example.test/CN=Configuration," + BASE,
            "ldap://example.test/CN=Schema,CN=Configuration," + BASE]
    server = responder(lambda search: PEOPLE + [reference(url) for url in urls] + [done(cookie=b"")])
    answer = probe(*plain(server)).search("(cn=*)")
    assert answer.good and len(answer.dns) == 10


def test_empty_pages_in_between_are_fine(probe, responder):
    pages = {b"": (PEOPLE[:5], b"1"), b"1": ([], b"2"), b"2": ([], b"3"), b"3": (PEOPLE[5:], b"")}
    server = responder(lambda search: pages[search.cookie][0] + [done(cookie=pages[search.cookie][1])])
    answer = probe(*plain(server)).search("(cn=*)")
    assert answer.good and len(answer.dns) == 10


def test_text_from_mail_is_escaped(probe, responder):
    server = responder(lambda search: [done(cookie=b"")])
    asked = probe(*plain(server))
    assert asked.ask('find "a)(cn=*"@example.test').good
    assert asked.ask("find a*b@example.test").good
    # as octets of one equality assertion (RFC 4511: context tag 3), not as filter syntax
    values = [[ldap_responder.read_all(term)[1][1] for tag, term in ldap_responder.read_all(search.filter)
               if tag == 0xa3] for search in server.searches]
    assert b'smtp:"a)(cn=*"@example.test' in values[0]
    assert b"smtp:a*b@example.test" in values[1]


def test_both_spellings_of_the_type_where_case_counts(probe, responder):
    server = responder(lambda search: [done(cookie=b"")])
    assert probe(*plain(server)).ask("find Ann@example.test").good
    raw = server.searches[0].raw
    for spelling in (b"smtp:Ann@example.test", b"SMTP:Ann@example.test"):
        assert spelling in raw


def test_a_hit_that_is_another_address_is_dropped(probe, responder):
    server = responder(lambda search: [entry("CN=j," + BASE, proxyAddresses=["SMTP:jos\u00e9@example.test"]),
                                       entry("CN=k," + BASE, proxyAddresses=["x500:/o=x", "smtp:JOSE@example.test"]),
                                       done(cookie=b"")])
    assert probe(*plain(server)).ask("find jose@example.test").dns == ["cn=k," + BASE.lower()]


def test_no_address_attribute_in_the_schema_is_no_answer(probe, responder):
    server = responder(lambda search: [done(cookie=b"")])
    answer = probe(*plain(server), "--address-attribute", "noSuchAttribute").ask("find ann@example.test")
    assert answer.error == REFUSED


# ---- ranges ----

class Ranged:
    """A group with 7 members, handed out 3 at a time; `changes` of its first readings find it changed."""

    def __init__(self, changes=0, lost=False):
        self.changes, self.lost, self.stamp = changes, lost, 1

    def __call__(self, search):
        dn = "CN=g," + BASE
        if search.scope != 0:
            return [entry(dn, cn=["g"], member=[], member__range_0_2=members(0, 2)), done(cookie=b"")]
        ranged = [name for name in search.attributes if ";range=" in name]
        if not ranged and "member" in search.attributes:
            return [entry(dn, uSNChanged=[str(self.stamp)], member=[], member__range_0_2=members(0, 2)), done()]
        if not ranged:
            if self.changes > 0:
                self.changes -= 1
                self.stamp += 1
            return [entry(dn, uSNChanged=[str(self.stamp)]), done()]
        if self.lost:
            return [entry(dn), done()]
        first = int(re.search(r"range=(\d+)", ranged[0])[1])
        if first + 2 < 6:
            name = "member;range=%d-%d" % (first, first + 2)
            return [ldap_responder.entry_of(dn, {name: members(first, first + 2)}), done()]
        return [ldap_responder.entry_of(dn, {"member;range=%d-*" % first: members(first, 6)}), done()]


def members(first, last):
    return ["CN=m%d,%s" % (number, BASE) for number in range(first, last + 1)]


@pytest.mark.parametrize("command", ["read CN=g," + BASE, "search -\tsub\t(cn=g)",
                                     "read-many CN=g,%s\tCN=g,%s" % (BASE, BASE)])
@pytest.mark.parametrize("changes", [0, 2])
def test_ranges_are_followed_to_the_end(probe, responder, command, changes):
    server = responder(Ranged(changes))
    answer = probe(*plain(server), attributes=("member",)).ask(command)
    assert answer.good, answer
    for found in answer.entries:
        assert re.findall(r"member=CN=(m\d)", found) == ["m%d" % number for number in range(7)]


@pytest.mark.parametrize("script", [Ranged(changes=99), Ranged(lost=True)], ids=["changing", "lost"])
def test_ranges_that_do_not_fit_together_are_incomplete(probe, responder, script):
    answer = probe(*plain(responder(script)), attributes=("member",)).ask("read CN=g," + BASE)
    assert answer.error == INCOMPLETE
    assert "changing" in answer.text


# ---- servers that fail ----

def test_a_lost_connection_is_tried_once_more(probe, responder):
    ends = iter([CLOSE])
    server = responder(lambda search: PEOPLE[:3] + [next(ends, done(cookie=b""))])
    answer = probe(*plain(server)).search("(cn=*)")
    assert answer.good and len(answer.dns) == 3


@pytest.mark.parametrize("end", [CLOSE, RESET, NOTICE])
def test_a_connection_lost_twice_is_an_error(probe, responder, end):
    server = responder(lambda search: PEOPLE + [end])
    answer = probe(*plain(server), *fast()).search("(cn=*)")
    assert answer.error in (UNAVAILABLE, INCOMPLETE)
    assert len(server.searches) == 2


def test_what_was_handed_over_in_part_is_incomplete(probe, responder):
    server = responder(lambda search: PEOPLE + [done(cookie=b"1")] if not search.cookie else [SILENCE])
    answer = probe(*plain(server), *fast()).search("(cn=*)")
    assert answer.error == INCOMPLETE
    assert len(answer.dns) == 10


def test_an_idle_connection_that_the_server_closed_is_opened_again(probe, new_slapd):
    server = new_slapd()
    asked = probe(*plain(server), *simple(server))
    assert asked.search("(cn=milter)").good
    server.stop()
    server.start()
    assert asked.search("(cn=milter)").good


def test_a_silent_handshake_ends(probe, silent):
    for uri in ("ldaps://127.0.0.1:%d" % silent.port, "ldap://127.0.0.1:%d" % silent.port):
        asked = probe("--uri", uri, *fast())
        answer = asked.search("(cn=*)")
        assert answer.error == UNAVAILABLE
        assert answer.seconds < 5
        asked.ask("wait-event no answer in 1 s")
        assert asked.search("(cn=*)").seconds < 0.9


def test_a_caller_that_has_seen_enough_casts_no_doubt_on_the_server(probe, small):
    """It leaves while the next page is waited for."""
    asked = probe(*plain(small), *simple(small), "--page-size", "1")
    for _ in range(50):
        assert asked.ask("first -\tsub\t(objectClass=*)").text == "has seen enough"
        answer = asked.search("(cn=nobody)")
        assert answer.good, answer


def test_the_second_server_serves_when_the_first_is_silent(probe, silent, small):
    asked = probe("--uri", "ldaps://127.0.0.1:%d" % silent.port, "--uri", small.tls_uri, "--ca-file", small.ca_file,
                  *simple(small), *fast())
    asked.ask("wait-event no answer in 1 s")
    answer = asked.search("(cn=milter)")
    assert answer.good and len(answer.dns) == 1


def test_the_second_server_serves_when_the_first_is_dead_and_the_first_when_it_is_back(probe, new_slapd, small):
    first = new_slapd()
    asked = probe("--uri", first.uri, "--uri", small.uri, "--tls", "none", *simple(small), *fast())
    assert asked.search("(cn=milter)").good
    first.stop()
    assert asked.search("(cn=milter)").good
    asked.ask("wait-event failed: server=\"127.0.0.1:%d\"" % first.port)
    first.start()
    asked.ask("wait-event answers again: server=\"127.0.0.1:%d\"" % first.port)
    assert asked.search("(cn=milter)").good


def test_all_servers_and_their_faults_are_named(probe, silent):
    dead = free_port()
    asked = probe("--uri", "ldap://127.0.0.1:%d" % dead, "--uri", "ldaps://127.0.0.1:%d" % silent.port, *fast())
    faults = "127.0.0.1:%d: connection refused; 127.0.0.1:%d: TLS: no answer in 1 s" % (dead, silent.port)
    asked.ask("wait-event no answer in 1 s")
    # on a busy machine the second may be over before its handshake has begun; it is tried again
    wait_for(lambda: asked.search("(cn=*)").text == faults, lambda: asked.search("(cn=*)").text, 20)
    answer = asked.search("(cn=*)")
    assert answer.error == UNAVAILABLE
    assert answer.seconds < 0.9


def test_a_frozen_server_holds_nobody_long_and_is_used_again_when_it_thaws(probe, new_slapd):
    server = new_slapd()
    asked = probe(*plain(server), *simple(server), *fast(), "--max-waiting", "2")
    assert asked.search("(cn=milter)").good
    server.freeze()
    answer = asked.search("(cn=milter)")
    assert answer.error == UNAVAILABLE
    assert 0.8 < answer.seconds < 5
    asked.ask("wait-event directory server failed")
    assert asked.search("(cn=milter)").seconds < 0.9
    server.thaw()
    asked.ask("wait-event answers again")
    assert asked.search("(cn=milter)").good


def test_a_request_that_ends_before_the_server_speaks_makes_it_suspect(probe, new_slapd):
    server = new_slapd()
    asked = probe(*plain(server), *simple(server), *fast(), "--deadline", "0.4")
    assert asked.search("(cn=milter)").good
    server.freeze()
    assert asked.search("(cn=milter)").error == UNAVAILABLE
    asked.ask("wait-event directory server failed")
    server.thaw()


def test_few_wait_while_nothing_is_answered(probe, responder):
    server = responder(lambda search: [SILENCE])
    asked = probe(*plain(server), "--connections", "2", "--max-waiting", "3", "--answer-timeout", "4",
                  "--retry-interval", "60")
    ends = asked.crowd("(cn=*)", threads=20)
    assert len(ends) == 20
    assert all(code == UNAVAILABLE for code, _, _ in ends)
    shed = [seconds for _, seconds, text in ends if "too many" in text]
    assert len(shed) >= 15
    assert max(shed) < 3
    assert max(seconds for _, seconds, _ in ends) < 6


def test_many_are_served_while_answers_come(probe, small):
    asked = probe(*plain(small), *simple(small), "--connections", "3", "--max-waiting", "2")
    ends = asked.crowd("(cn=*)", threads=40, times=5)
    assert len(ends) == 200
    assert [code for code, _, _ in ends if code] == []


def test_half_a_message_and_then_nothing(probe, responder):
    def half(search):
        yield (ldap_responder.octets("x" * 10, 0x64)[:-4], b"")
    answer = probe(*plain(responder(half)), *fast()).search("(cn=*)")
    assert answer.error in (UNAVAILABLE, INCOMPLETE)
    assert answer.seconds < 5


# ---- Active Directory ----

def kerberos(controller):
    return {"inside": controller.inside, "env": controller.environment}


@pytest.mark.parametrize("options, ssf", [
    (["--uri", "ldap://dc1.example.test", "--tls", "none"], True),
    (["--uri", "ldaps://dc1.example.test"], False),
    (["--uri", "ldap://dc1.example.test"], False),
    (["--uri", "srv:example.test", "--tls", "none"], True),
    (["--uri", "srv:example.test"], False)])
def test_gssapi_with_a_keytab(probe, controller, options, ssf):
    asked = probe(*options, "--bind", "gssapi", "--keytab", controller.keytab, "--ca-file", controller.ca_file,
                  **kerberos(controller))
    answer = asked.search("(sAMAccountName=milter)")
    assert answer.good and len(answer.dns) == 1, answer
    findings = "\n".join(asked.ask("check").findings)
    assert ("sealed with 256 bits" in findings) == ssf, findings
    assert asked.ask("schema").other[0] == "schema ad"


def test_each_bind_has_tickets_of_its_own(probe, controller, new_folder):
    """Of two that share a cache one empties it while the other looks for its ticket there."""
    trace = os.path.join(new_folder("krb"), "trace")
    asked = probe("--uri", "ldap://dc1.example.test", "--tls", "none", "--bind", "gssapi", "--keytab",
                  controller.keytab, inside=controller.inside, env={**controller.environment, "KRB5_TRACE": trace})
    assert asked.search("(sAMAccountName=milter)").good
    asked.ask("check")  # with a connection of its own
    with open(trace, encoding="ascii") as lines:
        filled = re.findall(r"Moving ccache \S+ to (MEMORY:\S+)", lines.read())
    assert len(filled) >= 2 and len(set(filled)) == len(filled), filled


def test_simple_bind_to_active_directory(probe, controller):
    asked = probe("--uri", "ldaps://dc1.example.test", "--ca-file", controller.ca_file, "--bind", "simple",
                  "--bind-dn", "milter@example.test", "--password-file", controller.password_file,
                  **kerberos(controller))
    assert asked.search("(objectCategory=person)").good
    assert asked.ask("find nobody-there@example.test").dns == []


def test_a_group_of_active_directory_is_read_whole(probe, controller):
    asked = probe("--uri", "ldaps://dc1.example.test", "--ca-file", controller.ca_file, "--bind", "gssapi",
                  "--keytab", controller.keytab, attributes=("member",), **kerberos(controller))
    answer = asked.search("(cn=big)")
    assert len(re.findall(r" member=", answer.entries[0])) == 1600


def test_a_global_catalogue_is_not_asked_for_what_it_lacks(probe, controller):
    asked = probe("--uri", "ldaps://dc1.example.test:3269", "--ca-file", controller.ca_file, "--bind", "gssapi",
                  "--keytab", controller.keytab, attributes=("cn",), **kerberos(controller))
    assert asked.search("(cn=milter)").good
    answer = asked.search("(&(cn=milter)(!(adminDescription=x)))")
    assert answer.error == INCOMPLETE
    assert "adminDescription" in answer.text


def test_a_key_distribution_centre_that_says_nothing(probe, controller, new_folder):
    """Its configuration points Kerberos to an address of the namespace where nobody listens and nothing refuses."""
    conf = os.path.join(new_folder("krb"), "krb5.conf")
    with open(controller.krb5_conf, encoding="ascii") as source, open(conf, "w", encoding="ascii") as out:
        out.write(re.sub(r"kdc = .*", "kdc = 192.0.2.1", source.read()))
    env = {**controller.environment, "KRB5_CONFIG": conf}
    run(*controller.inside.enter(), "ip", "route", "replace", "192.0.2.0/24", "dev", "lo")
    asked = probe("--uri", "ldap://dc1.example.test", "--tls", "none", "--bind", "gssapi", "--keytab",
                  controller.keytab, *fast(), inside=controller.inside, env=env)
    answer = asked.search("(cn=milter)")
    assert answer.error == UNAVAILABLE
    assert answer.seconds < 5


# ---- check ----

def test_check_says_what_is_wrong(probe, small, new_folder):
    secret = password_file(new_folder("pw"), "Milter.1\n")
    os.chmod(secret, 0o644)
    asked = probe("--uri", small.tls_uri, "--uri", "ldap://127.0.0.1:%d" % free_port(), "--ca-file", small.ca_file,
                  "--bind", "simple", "--bind-dn", READER, "--password-file", secret, "--base", "OU=None," + "DC=no")
    text = "\n".join(asked.ask("check").findings)
    for wanted in ("good %s TLS: certificate verified, TLS1.3" % small.tls_uri, "mode 0644", "connection refused",
                   "base OU=None,DC=no: does not exist", "base %s: readable" % BASE, "Exchange's among them"):
        assert wanted in text, text


def test_check_ends_at_a_silent_server(probe, silent):
    asked = probe("--uri", "ldaps://127.0.0.1:%d" % silent.port, *fast())
    begin = time.monotonic()
    answer = asked.ask("check")
    assert time.monotonic() - begin < 4
    assert any("no answer in 1 s" in finding for finding in answer.findings)
