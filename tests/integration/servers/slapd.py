# SPDX-License-Identifier: BSD-2-Clause
"""slapd.py - a private OpenLDAP server with Exchange's attributes

Promises: ldap, ldaps (own authority, name slapd.example.test, IP 127.0.0.1) and ldapi; the memberof overlay;
`cn=milter` is the account for rollcall, `cn=limited` the one that meets the size limit.
"""
import os
import urllib.parse

import ldap
import ldap.modlist

from . import certificates, ldif, schema
from .process import Process, free_port, is_listening, run, wait_for

BASE = ldif.BASE
ADMIN = "cn=admin," + BASE
ADMIN_PASSWORD = "secret"
READER = "cn=milter," + BASE
LIMITED = "cn=limited," + BASE
PASSWORD = "Milter.1"

CONFIG = """\
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
{modules}include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/dyngroup.schema
include {folder}/exchange.schema
pidfile {folder}/run/pid
argsfile {folder}/run/args
threads 4
TLSCACertificateFile {folder}/tls/ca.pem
TLSCertificateFile {folder}/tls/cert.pem
TLSCertificateKeyFile {folder}/tls/key.pem
TLSVerifyClient allow
sizelimit unlimited
authz-regexp "gidNumber=0\\\\+uidNumber=0,cn=peercred,cn=external,cn=auth" "cn=admin,{base}"
database mdb
suffix "{base}"
rootdn "cn=admin,{base}"
rootpw secret
directory {folder}/db
maxsize 1073741824
envflags nosync
index objectClass,entryUUID,entryCSN eq
index proxyAddresses,mail,mailNickname,objectGUID,member,memberOf eq
index extensionAttribute1,department,company,l,targetAddress eq
limits dn.exact="cn=limited,{base}" {limited}
access to attrs=userPassword by * auth
{access}access to * by * read
overlay memberof
memberof-group-oc group
memberof-member-ad member
memberof-memberof-ad memberOf
{overlays}"""

SESSION_LOG = "syncprov-sessionlog %d\n"

ROOT = """\
dn: {base}
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: cn=milter,{base}
objectClass: person
cn: milter
sn: milter
userPassword: Milter.1

dn: cn=limited,{base}
objectClass: person
cn: limited
sn: limited
userPassword: Milter.1

"""


class Slapd:
    """One server; `entries` as in ldif.py. `limited` are slapd.conf limits for the account LIMITED. `sync`: it provides
    content synchronization, and remembers so many changes for it. `access`: lines of slapd.conf."""

    def __init__(self, folder, entries=(), limited="size.soft=3 size.hard=3 size.prtotal=3", sync=None,
                 access=""):
        self.folder = str(folder)
        self.port = free_port(2)
        self.tls_port = self.port + 1
        self.process = None
        for name in ("db", "run"):
            os.makedirs(os.path.join(self.folder, name))
        self.ca_file = certificates.make(os.path.join(self.folder, "tls"), "slapd.example.test")
        self._write("exchange.schema", schema.for_slapd())
        self.limited, self.sync = limited, sync
        self.allow(access)
        self.password_file = self._write("password", PASSWORD + "\n", 0o600)
        self._load(entries)

    def allow(self, access):
        """Other rights, from its next start on."""
        self._write("slapd.conf", CONFIG.format(
            folder=self.folder, base=BASE, limited=self.limited, access=access,
            modules="" if self.sync is None else "moduleload syncprov\n",
            overlays="" if self.sync is None else "overlay syncprov\n" + (SESSION_LOG % self.sync if self.sync else "")))

    def _write(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(path, mode)
        return path

    def _load(self, entries):
        """The root is loaded offline, the rest too, group memberships included: slapadd runs no overlays, so the
        memberOf values that the overlay would have made are written along."""
        entries = list(ldif.for_slapd(entries))
        back = {}
        for dn, attributes in entries:
            if "group" in attributes["objectClass"]:
                for member in attributes.get("member", []):
                    back.setdefault(member.lower(), []).append(dn)
        text = ldif.text((dn, {**attributes, "memberOf": back[dn.lower()]} if dn.lower() in back else attributes)
                         for dn, attributes in entries)
        run("slapadd", "-q", "-f", os.path.join(self.folder, "slapd.conf"), input=ROOT.format(base=BASE) + text)

    @property
    def uri(self):
        return "ldap://127.0.0.1:%d" % self.port

    @property
    def tls_uri(self):
        return "ldaps://127.0.0.1:%d" % self.tls_port

    @property
    def ldapi_uri(self):
        return "ldapi://" + urllib.parse.quote(os.path.join(self.folder, "run", "ldapi"), safe="")

    def start(self):
        listeners = "%s/ %s/ %s/" % (self.uri, self.tls_uri, self.ldapi_uri)
        self.process = Process(["slapd", "-d", "0", "-f", os.path.join(self.folder, "slapd.conf"), "-h", listeners],
                               os.path.join(self.folder, "log"))
        wait_for(lambda: not self.process.alive() or (is_listening(self.port) and is_listening(self.tls_port)),
                 "slapd")
        assert self.process.alive(), self.process.output()
        return self

    def stop(self):
        if self.process:
            self.process.stop()
            self.process = None

    def kill(self):
        self.process.kill()
        self.process = None

    def freeze(self):
        self.process.freeze()

    def thaw(self):
        self.process.thaw()

    def connect(self, who=ADMIN, password=ADMIN_PASSWORD):
        """A python-ldap connection of the tests' own."""
        connection = ldap.initialize(self.uri)
        connection.simple_bind_s(who, password)
        return connection

    def add(self, entries):
        connection = self.connect()
        for dn, attributes in ldif.for_slapd(entries):
            connection.add_s(dn, ldap.modlist.addModlist(octets(attributes)))
        connection.unbind_s()

    def replace(self, dn, **attributes):
        """Replaces the values of attributes; an empty list deletes."""
        connection = self.connect()
        connection.modify_s(dn, [(ldap.MOD_REPLACE, name, values or None)
                                 for name, values in octets(attributes).items()])
        connection.unbind_s()

    def modify(self, dn, *changes):
        """As python-ldap takes them: (operation, attribute, values)."""
        connection = self.connect()
        connection.modify_s(dn, [(operation, name, [value.encode() for value in values])
                                 for operation, name, values in changes])
        connection.unbind_s()

    def rename(self, dn, name, parent=None):
        connection = self.connect()
        connection.rename_s(dn, name, parent)
        connection.unbind_s()

    def delete(self, dn):
        connection = self.connect()
        connection.delete_s(dn)
        connection.unbind_s()


def octets(attributes):
    return {name: [value.encode() if isinstance(value, str) else value for value in values]
            for name, values in attributes.items()}
