# SPDX-License-Identifier: BSD-2-Clause
"""ldif.py - entries as Python values, written as LDIF for each kind of server

An entry is (dn, attributes); attributes map a name to a list of str or bytes. They are written once, in the terms
that all servers share; what one of them wants beyond that is added here.
"""
import base64
import hashlib
import re
import struct

BASE = "DC=example,DC=test"
TOP = (BASE, {"objectClass": ["top", "domain", "domainDNS"], "dc": ["example"]})
SCHEMA = "CN=Schema,CN=Configuration," + BASE

CLASSES = {
    "user": ["top", "person", "organizationalPerson", "user"],
    "contact": ["top", "person", "organizationalPerson", "contact"],
    "group": ["top", "group"],
    "msExchDynamicDistributionList": ["top", "msExchDynamicDistributionList"],
    "organizationalUnit": ["top", "organizationalUnit"],
}
CATEGORIES = {
    "user": "Person", "contact": "Person", "group": "Group", "organizationalUnit": "Organizational-Unit",
    "msExchDynamicDistributionList": "ms-Exch-Dynamic-Distribution-List",
}
SAFE = re.compile(rb"[\x01-\x09\x0b\x0c\x0e-\x1f\x21-\x39\x3b\x3d-\x7f][\x01-\x09\x0b\x0c\x0e-\x7f]*\Z")


def line(name, value):
    """One attribute line (RFC 2849), base64 where the value is not plain."""
    octets = value.encode() if isinstance(value, str) else value
    if octets == b"":
        return name + ":\n"
    if SAFE.match(octets) and not octets.endswith(b" "):
        return "%s: %s\n" % (name, octets.decode("ascii"))
    return "%s:: %s\n" % (name, base64.b64encode(octets).decode("ascii"))


def text(entries):
    """LDIF content records."""
    return "".join(line("dn", dn) + "".join(line(name, value) for name, values in attributes.items()
                                            for value in values) + "\n" for dn, attributes in entries)


def changes(dn, name, values):
    """A change record that adds values."""
    return line("dn", dn) + "changetype: modify\nadd: %s\n" % name + "".join(
        line(name, value) for value in values) + "-\n\n"


def identity(dn):
    """objectGUID and objectSid that stay the same from run to run."""
    digest = hashlib.sha256(dn.lower().encode()).digest()
    sid = b"\x01\x05" + b"\0\0\0\0\0\x05" + struct.pack("<5I", 21, 1111111111, 2222222222, 3333333333,
                                                       int.from_bytes(digest[16:19], "little"))
    return digest[:16], sid


def _name_of(dn):
    value = re.split(r"(?<!\\),", dn, maxsplit=1)[0].split("=", 1)[1]
    return re.sub(r"\\(.)", r"\1", value)


def _account(name):
    return re.sub(r"[^A-Za-z0-9.-]", "", name)[:20]


def kind_of(attributes):
    """The structural class, whether or not those above it are named; None for other servers' classes."""
    return next((name for name in reversed(attributes["objectClass"]) if name in CATEGORIES), None)


def for_ad(entries):
    """As a domain controller takes them over ldbadd or ldapadd: what the server makes itself is left out, and members,
    who must exist before they are named: memberships() come afterwards."""
    for dn, attributes in entries:
        kind = kind_of(attributes)
        made = {key: values for key, values in attributes.items() if key not in ("objectCategory", "cn", "member")}
        if kind in ("user", "group"):
            made.setdefault("sAMAccountName", [_account(_name_of(dn))])
        if kind == "user":
            made.setdefault("userAccountControl", ["544"])
        if kind == "group":
            made.setdefault("groupType", ["8"])
        yield dn, made


def memberships(entries):
    """(dn, members) of the groups that have some."""
    for dn, attributes in entries:
        if attributes.get("member"):
            yield dn, attributes["member"]


def for_slapd(entries):
    """As slapd with the test schema takes them; it computes nothing, so AD's computed attributes are spelled out."""
    for dn, attributes in entries:
        yield dn, _spelled_out(dn, attributes, inherited=False)


def exported(entries):
    """As an export of a domain controller reads: for `source = ldif`."""
    for dn, attributes in entries:
        yield dn, _spelled_out(dn, attributes, inherited=True)


def _spelled_out(dn, attributes, inherited):
    kind = kind_of(attributes)
    made = dict(attributes)
    if kind is None:
        return made
    if inherited:
        made["objectClass"] = CLASSES[kind]
    if kind == "organizationalUnit":
        made["ou"] = [_name_of(dn)]
        return made
    made.setdefault("cn", [_name_of(dn)])
    if kind in ("user", "contact"):
        made.setdefault("sn", ["Nachname"])
    if kind in ("user", "group"):
        made.setdefault("sAMAccountName", [_account(_name_of(dn))])
    if kind == "user":
        made.setdefault("userAccountControl", ["544"])
    if kind == "group":
        made.setdefault("groupType", ["8"])
    made.setdefault("objectCategory", ["CN=%s,%s" % (CATEGORIES[kind], SCHEMA)])
    guid, sid = identity(dn)
    made.setdefault("objectGUID", [guid])
    if kind in ("user", "group"):
        made.setdefault("objectSid", [sid])
    return made
