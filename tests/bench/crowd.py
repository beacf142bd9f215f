# SPDX-License-Identifier: BSD-2-Clause
"""crowd.py - a slapd with ten thousand to a million people as Exchange describes them, and the groups that are timed

About 20 attributes each, of whose values more than 60 % occur once. Person n is of the group of SIZE members if
n % (people / SIZE) == 0, so that each group is scattered over the whole. Loading a million takes minutes, so the
database is kept as an archive in ROLLCALL_CACHE.
"""
import hashlib
import os
import re
import subprocess

import clauses
from servers import cache, ldif, slapd
from servers.process import Failure

SIZES = (10, 100, 1000, 10000, 100000)
PEOPLE = "OU=People," + ldif.BASE
GROUPS = "OU=Groups," + ldif.BASE
PER_OFFICE = 500
PERSON_CATEGORY = "CN=Person," + ldif.SCHEMA
PERSON = """\
dn: CN=Person {n},OU=Office {office},{people}
objectClass: user
objectCategory: {category}
cn: Person {n}
sn: Number {n}
givenName: Person the {n}th
displayName: Number {n}, Person
sAMAccountName: p{n:07d}
userPrincipalName: person.{n}@corp.example.test
objectGUID: {guid}
userAccountControl: {control}
mailNickname: p{n:07d}
mail: p{n:07d}@example.test
proxyAddresses: SMTP:p{n:07d}@example.test
proxyAddresses: smtp:person.{n}@example.test
proxyAddresses: X500:/o=Example/ou=Exchange Administrative Group/cn=Recipients/cn=p{n:07d}
legacyExchangeDN: /o=Example/ou=Exchange Administrative Group/cn=Recipients/cn={n:08x}-Person
msExchMailboxGuid: {mailbox}
description: Badge {badge}
info: Telephone +47 2{telephone:07d}
accountExpires: {expires}
department: Department {department}
company: Company {company}
l: Town {town}
title: Title {title}
msExchRecipientTypeDetails: {details}
msExchRecipientDisplayType: {display}
msExchVersion: 88218628259840
"""
# 17 of these 27 values are nobody else's: 63 %.
ATTRIBUTES = sorted(set(re.findall(r"(?m)^(\w+): ", PERSON)) - {"dn"})

DYNAMIC = """\
dn: CN={name},{groups}
objectClass: msExchDynamicDistributionList
cn: {name}
mailNickname: {name}
mail: {name}@example.test
proxyAddresses: SMTP:{name}@example.test
msExchDynamicDLFilter: {filter}
msExchDynamicDLBaseDN: {base}

"""

INDEXES = """\
index objectClass,entryUUID,entryCSN,proxyAddresses,mail,objectGUID,member,department,company,title eq
index extensionAttribute1,extensionAttribute2,extensionAttribute3,extensionAttribute4,extensionAttribute5 eq
index mailNickname pres,eq
index msExchRecipientTypeDetails eq
"""


def attribute(size):
    """Which attribute says that somebody is of the group of `size`."""
    return "extensionAttribute%d" % (SIZES.index(size) + 1)


def selection(size):
    """The filter of that group, as Exchange compiles one for a mailbox user with a custom attribute. A server asks no index
    for the NOTs of its suffix (they are true of nearly all), so those attributes need none."""
    return "(&(objectClass=user)(mailNickname=*)(%s=Crowd %d)%s)" % (attribute(size), size, clauses.SUFFIX)


def sizes(people):
    return [size for size in SIZES if size <= people]


def person(n, people, rare=50):
    """Of some kinds there are only `rare`."""
    identity = hashlib.md5(b"%d" % n).hexdigest()
    is_room = n % (people // rare) == 5
    text = PERSON.format(
        n=n, office=n // PER_OFFICE, people=PEOPLE, category="CN=Person," + ldif.SCHEMA, guid=identity[:16],
        mailbox=identity[16:], control=514 if n % 50 == 3 else 512, badge=n * 7919 % 10000019,
        telephone=n * 104729 % 10000000, expires=clauses.EXPIRES + n * 864000000,
        department=n // 250, company=n % 7, town=n % 300, title=n % 400,
        details=16 if is_room else 1, display=7 if is_room else 1073741824)
    if n % (people // rare) == 1:
        text += "msExchHideFromAddressLists: TRUE\n"
    if n % 3:
        text += "msExchHomeServerName: /o=Example/ou=Servers/cn=Configuration/cn=Servers/cn=MX%d\n" % (n % 12)
    return text + "".join("%s: Crowd %d\n" % (attribute(size), size) for size in sizes(people)
                          if n % (people // size) == 0) + "\n"


def static_group(number, people):
    """Of the kinds that Exchange's filters tell apart: bit 8 is universal, the sign bit security. The first has members."""
    kinds = (8, -2147483640, 2, -2147483646)
    members = range(0, people, people // 100) if number == 0 else ()
    return ("dn: CN=Static %d,%s\nobjectClass: group\ncn: Static %d\nmailNickname: static%d\nmail: static%d@example.test\n"
            "proxyAddresses: SMTP:static%d@example.test\nobjectCategory: CN=Group,%s\ngroupType: %d\n"
            "msExchRecipientTypeDetails: 256\n%s\n"
            % (number, GROUPS, number, number, number, number, ldif.SCHEMA, kinds[number % 4], "".join(
                "member: CN=Person %d,OU=Office %d,%s\n" % (n, n // PER_OFFICE, PEOPLE) for n in members)))


def lines(people):
    """The whole directory as LDIF, piece by piece."""
    for dn in (PEOPLE, GROUPS):
        yield "dn: %s\nobjectClass: organizationalUnit\nou: %s\n\n" % (dn, dn[3:].split(",")[0])
    for office in range((people + PER_OFFICE - 1) // PER_OFFICE):
        yield "dn: OU=Office %d,%s\nobjectClass: organizationalUnit\nou: Office %d\n\n" % (office, PEOPLE, office)
    yield from (static_group(number, people) for number in range(max(4, people // 5000)))
    for size in sizes(people):
        yield DYNAMIC.format(name="g%d" % size, groups=GROUPS, filter=selection(size), base=PEOPLE)
    for number, filter in enumerate(clauses.filters()):
        yield DYNAMIC.format(name="clause%d" % number, groups=GROUPS, filter=filter, base=ldif.BASE)
    yield from (person(n, people) for n in range(people))


class Crowd(slapd.Slapd):
    """`people` of them."""

    def __init__(self, folder, people):
        self.people = people
        super().__init__(folder, sync=10000)

    def _load(self, entries):
        path = os.path.join(self.folder, "slapd.conf")
        with open(path, encoding="utf-8") as config:
            text = config.read()
        text = re.sub(r"(?m)^index .*\n", "", text).replace("maxsize 1073741824", "maxsize 17179869184")
        self._write("slapd.conf", text.replace("envflags nosync\n", "envflags nosync\n" + INDEXES))
        cache.unpack("crowd%d" % self.people, self._fingerprint(), os.path.join(self.folder, "db"), self._make)

    def _fingerprint(self):
        digest = hashlib.sha256(INDEXES.encode())
        for source in (__file__, clauses.__file__, slapd.__file__, os.path.join(os.path.dirname(slapd.__file__), "schema.py")):
            with open(source, "rb") as octets:
                digest.update(octets.read())
        return digest.hexdigest()[:24]

    def _make(self):
        """Two and a half minutes for a million."""
        loader = subprocess.Popen(["slapadd", "-q", "-f", os.path.join(self.folder, "slapd.conf")], text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            loader.stdin.write(slapd.ROOT.format(base=slapd.BASE))
            loader.stdin.writelines(lines(self.people))
        except BrokenPipeError:
            pass  # it says why
        said = loader.communicate()[0]
        if loader.returncode:
            raise Failure("slapadd: status %d: %s" % (loader.returncode, said))
