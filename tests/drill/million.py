# SPDX-License-Identifier: BSD-2-Clause
"""million.py - a directory of a million entries: tests/drill/million on the library alone, then the daemon

Shown of the daemon: how long it takes to be ready, how much memory it needs, and that a message to a group of such a
company reaches that group.
"""
import os
import subprocess
import time

import house
from servers import mail, rollcalld
from servers.rollcalld import BUILD

PER_OFFICE, PER_DEPARTMENT = 500, 250
PEOPLE = "OU=People,DC=example,DC=com"
GROUP = 7  # of how many departments there are, the one that is written to

PERSON = """\
dn: CN=Person {n},OU=Office {office},OU=People,DC=example,DC=com
objectClass: top
objectClass: person
objectClass: organizationalPerson
objectClass: user
objectCategory: CN=Person,CN=Schema,CN=Configuration,DC=example,DC=com
cn: Person {n}
name: Person {n}
givenName: Person
sn: Number {n}
displayName: Person Number {n}
sAMAccountName: p{n}
userPrincipalName: p{n}@example.com
userAccountControl: 512
department: Department {department}
company: Company {company}
l: Town {town}
mailNickname: p{n}
mail: p{n}@example.com
proxyAddresses: SMTP:p{n}@example.com
proxyAddresses: smtp:person.{n}@corp.example.com
msExchRecipientDisplayType: 1073741824
msExchRecipientTypeDetails: 1
extensionAttribute1: {kind}

"""


def write(path, entries):
    with open(path, "w", encoding="ascii") as out:
        out.write("dn: DC=example,DC=com\nobjectClass: domainDNS\ndc: example\n\n"
                  "dn: %s\nobjectClass: organizationalUnit\nou: People\n\n" % PEOPLE)
        for office in range((entries + PER_OFFICE - 1) // PER_OFFICE):
            out.write("dn: OU=Office %d,%s\nobjectClass: organizationalUnit\nou: Office %d\n\n" % (office, PEOPLE,
                                                                                                 office))
        for n in range(entries):
            out.write(PERSON.format(n=n, office=n // PER_OFFICE, department=n // PER_DEPARTMENT, company=n % 7,
                                    town=n % 300, kind="guest" if n % 3 else "staff"))
        out.write("dn: CN=Dynamic,DC=example,DC=com\nobjectClass: top\nobjectClass: msExchDynamicDistributionList\n"
                  "cn: Dynamic\nproxyAddresses: SMTP:dynamic@example.com\nmsExchDynamicDLBaseDN: %s\n"
                  "msExchDynamicDLFilter: (&(department=Department %d)(extensionAttribute1=staff))\n\n"
                  % (PEOPLE, GROUP))


def _memory(process):
    """(resident, most ever), in MiB."""
    with open("/proc/%d/status" % process.pid, encoding="ascii", errors="replace") as status:
        fields = dict(line.split(":", 1) for line in status)
    return tuple(int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))


def _library(options, home):
    """The lines of tests/drill/million, as rows."""
    done = subprocess.run([os.path.join(BUILD, "tests/drill/million"), str(options.entries)], text=True,
                          env={**os.environ, "TMPDIR": home.folder}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)
    rows = [("library: " + " ".join(line.split()), "") for line in done.stdout.splitlines()]
    return rows, ["tests/drill/million: status %d: %s" % (done.returncode, done.stderr)] if done.returncode else []


def run(options):
    with house.House() as home:
        rows, faults = _library(options, home)
        file = home.folder + "/million.ldif"
        write(file, options.entries)
        size = os.path.getsize(file) / 2 ** 20
        began = time.monotonic()
        daemon, port = home.relay(rollcalld.from_ldif(file), seconds=1800, domains="example.com")
        ready = time.monotonic() - began
        loaded, most = _memory(daemon.process)
        began = time.monotonic()
        sent = mail.send(port, "dynamic@example.com")
        answered = time.monotonic() - began
        members = range(GROUP * PER_DEPARTMENT, min((GROUP + 1) * PER_DEPARTMENT, options.entries))
        wanted = sorted("p%d@example.com" % n for n in members if n % 3 == 0)
        home.mta.wait_idle()
        got = sorted(sum(home.ledger.copies.get(sent.message_id, {}).values(), []))
        if not sent.accepted or got != wanted or not wanted:
            faults.append("the group: %s %s, %d of %d members" % (sent.replies, sent.final, len(got), len(wanted)))
        return [*rows, ("daemon: entries, MiB of LDIF", "%d, %.0f" % (options.entries, size)),
                ("daemon: seconds until it is ready", "%.1f" % ready),
                ("daemon: resident MiB, most while loading", "%.0f, %.0f" % (loaded, most)),
                ("daemon: a message to %d members, connect to 250, ms" % len(wanted), "%.1f" % (answered * 1e3)),
                ], faults
