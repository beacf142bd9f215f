# SPDX-License-Identifier: BSD-2-Clause
"""samba.py - a real Active Directory domain controller (Samba) with Exchange's schema

Owns:     a network and mount namespace, since the LDAP ports of a controller are fixed, and the controller in it.
Promises: provisioned once for each set of entries, kept as an archive in ROLLCALL_CACHE, started from that.
          Inside the namespace names resolve by the controller's own DNS; programs run there with `inside=dc.inside`.
          The tests themselves reach the directory through its ldapi socket, which is a file.
"""
import hashlib
import os
import re
import subprocess
import urllib.parse

import ldap
import ldap.modlist
from ldap.controls import RequestControl

from . import cache, certificates, ldif, schema
from .process import Failure, Namespace, Process, run, wait_for
from .slapd import octets

BASE = ldif.BASE
REALM = "EXAMPLE.TEST"
DOMAIN = "example.test"
HOST = "dc1.example.test"
ADDRESS = "10.22.0.1"
ADMIN, ADMIN_PASSWORD = "administrator@example.test", "Passw0rd!x"
ACCOUNT, PASSWORD = "milter", "Milter.1"

CONFIG = """\
[global]
	netbios name = DC1
	realm = EXAMPLE.TEST
	workgroup = EXAMPLE
	server role = active directory domain controller
	server services = ldap, cldap, kdc, dns
	dcerpc endpoint servers =
	bind interfaces only = yes
	interfaces = {address}/32 127.0.0.1/8
	private dir = {folder}/private
	lock directory = {folder}/lock
	state directory = {folder}/state
	cache directory = {folder}/cache
	pid directory = {folder}/run
	ncalrpc dir = {folder}/run/ncalrpc
	binddns dir = {folder}/bind-dns
	winbindd socket directory = {folder}/run/winbindd
	ntp signd socket directory = {folder}/run/ntp
	log file = {folder}/log.%m
	log level = 1
	max log size = 0
	ldap server require strong auth = {strong}
	dsdb:schema update allowed = yes
	tls enabled = yes
	tls cafile = {folder}/tls/ca.pem
	tls certfile = {folder}/tls/cert.pem
	tls keyfile = {folder}/tls/key.pem
	allow dns updates = disabled
	dns forwarder =
	dns update command = /bin/true
	load printers = no
	disable spoolss = yes
[sysvol]
	path = {folder}/state/sysvol
	read only = no
[netlogon]
	path = {folder}/state/sysvol/example.test/scripts
	read only = no
"""

KERBEROS = """\
[libdefaults]
 default_realm = EXAMPLE.TEST
 dns_lookup_kdc = false
 dns_lookup_realm = false
 rdns = false
 dns_canonicalize_hostname = false
[realms]
 EXAMPLE.TEST = {{
  kdc = {address}
 }}
[domain_realm]
 .example.test = EXAMPLE.TEST
 example.test = EXAMPLE.TEST
"""

# A controller announces only HOST/ names itself; Kerberos needs those of its LDAP service.
SERVICE_NAMES = """\
dn: CN=DC1,OU=Domain Controllers,{base}
changetype: modify
add: servicePrincipalName
servicePrincipalName: ldap/dc1.example.test
servicePrincipalName: ldap/DC1
servicePrincipalName: ldap/dc1.example.test/example.test
servicePrincipalName: GC/dc1.example.test/example.test

"""
RELOAD_SCHEMA = "dn:\nchangetype: modify\nadd: schemaUpdateNow\nschemaUpdateNow: 1\n\n"


class Controller:
    """One domain controller holding `entries` (as in ldif.py). `strong`: what `ldap server require strong auth` is,
    `yes` for one that insists on signing as hardened Windows controllers do."""

    def __init__(self, folder, entries=(), strong="no"):
        self.folder = str(folder)
        self.strong = strong
        self.process = self.inside = None
        entries = list(entries)
        text = ldif.text(ldif.for_ad(entries))
        links = "".join(ldif.changes(dn, "member", members) for dn, members in ldif.memberships(entries))
        cache.unpack("samba", self._fingerprint(text + links), self.folder, lambda: self._make(text, links))
        self._write_config()
        self.ca_file = os.path.join(self.folder, "tls", "ca.pem")
        self.keytab = os.path.join(self.folder, "milter.keytab")
        self.krb5_conf = self._write("krb5.conf", KERBEROS.format(address=ADDRESS))
        self.password_file = self._write("password", PASSWORD + "\n", 0o600)
        self.environment = {**os.environ, "KRB5_CONFIG": self.krb5_conf, "KRB5CCNAME": "MEMORY:"}

    @staticmethod
    def _fingerprint(text):
        """Of all that goes into the archive."""
        digest = hashlib.sha256(text.encode())
        for name in ("samba.py", "samba_provision.py", "certificates.py"):
            with open(os.path.join(os.path.dirname(__file__), name), "rb") as source:
                digest.update(source.read())
        digest.update("".join(schema.for_samba(BASE)).encode())
        digest.update(run("samba", "--version").encode())
        return digest.hexdigest()[:24]

    def _write(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(path, mode)
        return path

    def _write_config(self):
        self._write("etc/smb.conf", CONFIG.format(folder=self.folder, address=ADDRESS, strong=self.strong))

    @property
    def _database(self):
        return ["-H", self.folder + "/private/sam.ldb", "--configfile=" + self.folder + "/etc/smb.conf"]

    def _apply(self, text, tool="ldbadd", *options):
        path = self._write("change.ldif", text)
        said = run(tool, *self._database, "--option=dsdb:schema update allowed=yes", *options, path)
        # The tools end with status 0 although they stopped at an entry.
        wanted = len(re.findall(r"(?m)^dn:", text))
        if re.search(r"(\d+) records successfully", said).group(1) != str(wanted):
            raise Failure("%s: %d wanted: %s" % (tool, wanted, said))

    def _make(self, text, links):
        """Provisions from nothing into the folder: about ten seconds, once."""
        for name in ("run", "lock", "cache", "state"):
            os.makedirs(os.path.join(self.folder, name))
        self._write_config()
        certificates.make(os.path.join(self.folder, "tls"), HOST, "IP:" + ADDRESS)
        program = os.path.join(os.path.dirname(__file__), "samba_provision.py")
        run("/usr/bin/python3", "-I", program, self.folder, ADDRESS, REALM, "EXAMPLE", "dc1", ADMIN_PASSWORD)
        for step in schema.for_samba(BASE):
            self._apply(step, "ldbmodify" if "changetype" in step else "ldbadd")
            self._apply(RELOAD_SCHEMA, "ldbmodify")
        self._apply(SERVICE_NAMES.format(base=BASE), "ldbmodify")
        tool = ["samba-tool"]
        run(*tool, "domain", "passwordsettings", "set", "--complexity=off", "--min-pwd-age=0", "--max-pwd-age=0",
            "--min-pwd-length=1", "--history-length=0", *self._database)
        run(*tool, "user", "create", ACCOUNT, PASSWORD, *self._database)
        run(*tool, "user", "setexpiry", "--noexpiry", ACCOUNT, *self._database)
        run(*tool, "domain", "exportkeytab", self.folder + "/milter.keytab", "--principal=%s@%s" % (ACCOUNT, REALM),
            "--configfile=%s/etc/smb.conf" % self.folder)
        if text:
            self._apply(text, "ldbadd", "--nosync", "-o", "batch_mode:1")
        if links:
            self._apply(links, "ldbmodify", "--nosync", "-o", "batch_mode:1")

    def start(self):
        if self.inside is None:
            self.inside = Namespace(self.folder, ADDRESS, "127.0.0.1 localhost\n%s %s dc1\n" % (ADDRESS, HOST),
                                    "nameserver %s\nsearch %s\n" % (ADDRESS, DOMAIN))
        self.process = Process(["samba", "-s", self.folder + "/etc/smb.conf", "--foreground", "--no-process-group",
                                "-M", "single", "--debug-stdout"], self.folder + "/log", inside=self.inside)
        wait_for(lambda: not self.process.alive() or self._serves(), "the domain controller")
        assert self.process.alive(), self.process.output()
        return self

    def _serves(self):
        """Whether LDAP, LDAPS, both catalogue ports, Kerberos and DNS are there: by the kernel's own table."""
        listening = set()
        for name in ("tcp", "udp"):
            with open("/proc/%d/net/%s" % (self.inside.holder.pid, name), encoding="ascii") as table:
                listening |= {(name, int(row.split()[1].split(":")[1], 16)) for row in table.readlines()[1:]
                              if row.split()[3] in ("0A", "07")}
        wanted = {("tcp", 389), ("tcp", 636), ("tcp", 3268), ("tcp", 3269), ("tcp", 88), ("udp", 53)}
        return wanted <= listening and os.path.exists(self.folder + "/private/ldapi")

    def stop(self):
        if self.process:
            self.process.stop()
            self.process = None

    def close(self):
        self.stop()
        if self.inside:
            self.inside.close()
            self.inside = None

    def freeze(self):
        self.process.freeze()

    def thaw(self):
        self.process.thaw()

    def run(self, *command, check=True):
        """Runs a command inside the namespace; returns the finished process."""
        done = subprocess.run(self.inside.enter() + [str(word) for word in command], env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        assert not check or done.returncode == 0, "%s: %s%s" % (command, done.stdout, done.stderr)
        return done

    def connect(self):
        connection = ldap.initialize("ldapi://" + urllib.parse.quote(self.folder + "/private/ldapi", safe=""))
        connection.simple_bind_s(ADMIN, ADMIN_PASSWORD)
        connection.set_option(ldap.OPT_REFERRALS, 0)
        return connection

    def add(self, entries):
        connection = self.connect()
        entries = list(entries)
        for dn, attributes in ldif.for_ad(entries):
            connection.add_s(dn, ldap.modlist.addModlist(octets(attributes)))
        for dn, members in ldif.memberships(entries):
            connection.modify_s(dn, [(ldap.MOD_ADD, "member", [member.encode() for member in members])])
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

    def revive(self, name, dn):
        """Brings a deleted object back under `dn`."""
        shown = RequestControl("1.2.840.113556.1.4.417", True)
        connection = self.connect()
        (deleted, _), = connection.search_ext_s("CN=Deleted Objects," + BASE, ldap.SCOPE_ONELEVEL, "(name=%s*)" % name,
                                                ["name"], serverctrls=[shown])
        connection.modify_ext_s(deleted, [(ldap.MOD_DELETE, "isDeleted", None),
                                          (ldap.MOD_REPLACE, "distinguishedName", [dn.encode()])], serverctrls=[shown])
        connection.unbind_s()

    def grant(self, dn, rights, deny=False):
        """Gives ACCOUNT rights on an object, deleted ones included, as in "RPLC", or denies it these."""
        shown = ["--controls=show_deleted:1"]
        said = run("ldbsearch", *self._database, *shown, "-b", dn, "-s", "base", "nTSecurityDescriptor")
        descriptor = re.search(r"nTSecurityDescriptor: (.*)", said.replace("\n ", ""))[1]
        account = run("ldbsearch", *self._database, "-b", BASE, "(sAMAccountName=%s)" % ACCOUNT, "objectSid")
        sid = re.search(r"objectSid: (\S+)", account)[1]
        descriptor = re.sub(r"(D:[A-Z]*)", r"\1(%s;;%s;;;%s)" % ("D" if deny else "A", rights, sid), descriptor, count=1)
        path = self._write("grant.ldif", "dn: %s\nchangetype: modify\nreplace: nTSecurityDescriptor\n"
                           "nTSecurityDescriptor: %s\n-\n" % (dn, descriptor))
        run("ldbmodify", *self._database, *shown, path)

    def delete(self, dn):
        connection = self.connect()
        connection.delete_s(dn)
        connection.unbind_s()
