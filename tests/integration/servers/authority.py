# SPDX-License-Identifier: BSD-2-Clause
"""authority.py - certification authorities that sign what clients of an MTA show: good names and bad tricks"""
import collections
import datetime
import ipaddress
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
CN, O, OU, L = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME,
                NameOID.LOCALITY_NAME)
DAY = datetime.timedelta(days=1)
# The subject that Exchange Online's certificate has.
MICROSOFT = "mail.protection.outlook.com"

Certificate = collections.namedtuple("Certificate", "cert_file key_file")


def subject(*parts):
    """A name of (type, text) pairs; a text alone is a CN."""
    pairs = [(CN, part) if isinstance(part, str) else part for part in parts]
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in pairs])


class Authority:
    """Signs with a key of its own. `ca_file`: its certificate."""

    def __init__(self, folder, name="Test Cloud CA"):
        self.folder = str(folder)
        os.makedirs(self.folder, exist_ok=True)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = subject(name)
        usage = x509.KeyUsage(digital_signature=False, content_commitment=False, key_encipherment=False,
                              data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
                              encipher_only=False, decipher_only=False)
        own = (self._builder(self.name, self.key, -DAY, 3650 * DAY)
               .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
               .add_extension(usage, critical=True)
               .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
               .sign(self.key, hashes.SHA256()))
        self.ca_file = self._write("ca.pem", own.public_bytes(serialization.Encoding.PEM))

    def _builder(self, name, key, begin, end):
        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0, tzinfo=None)
        return (x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(key.public_key())
                .serial_number(x509.random_serial_number()).not_valid_before(now + begin).not_valid_after(now + end))

    def _write(self, name, octets):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as out:
            out.write(octets)
        os.chmod(path, 0o600 if "key" in name else 0o644)
        return path

    def issue(self, label, *parts, usage=(CLIENT,), names=(), begin=-DAY, end=365 * DAY):
        """LABEL-cert.pem and LABEL-key.pem for the subject(*parts); `names`: "host" or "IP:10.0.0.1"; `usage` empty:
        for everything."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (self._builder(subject(*parts), key, begin, end)
                   .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True))
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usage), critical=False)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(
                [x509.IPAddress(ipaddress.ip_address(name[3:])) if name.startswith("IP:") else x509.DNSName(name)
                 for name in names]), critical=False)
        made = builder.sign(self.key, hashes.SHA256())
        return Certificate(
            self._write(label + "-cert.pem", made.public_bytes(serialization.Encoding.PEM)),
            self._write(label + "-key.pem", key.private_bytes(serialization.Encoding.PEM,
                                                              serialization.PrivateFormat.TraditionalOpenSSL,
                                                              serialization.NoEncryption())))


def clients(folder):
    """Certificates that clients show: label -> Certificate, and the authority that a relay is to trust."""
    known = Authority(os.path.join(folder, "known"))
    unknown = Authority(os.path.join(folder, "unknown"))  # the same name, another key
    company = ((O, "Microsoft Corporation"), (L, "Redmond"))
    issue = known.issue
    made = {
        "microsoft": issue("microsoft", MICROSOFT, *company),
        "both-uses": issue("both-uses", MICROSOFT, *company, usage=(CLIENT, SERVER)),
        "any-use": issue("any-use", MICROSOFT, *company, usage=()),
        "other-case": issue("other-case", "Mail.Protection.OUTLOOK.com", *company),
        "server-use": issue("server-use", MICROSOFT, *company, usage=(SERVER,)),
        "expired": issue("expired", MICROSOFT, *company, begin=-30 * DAY, end=-DAY),
        "not-yet": issue("not-yet", MICROSOFT, *company, begin=DAY),
        "unknown-authority": unknown.issue("unknown-authority", MICROSOFT, *company),
        "other-name": issue("other-name", "relay.example.net"),
        "name-beside": issue("name-beside", "relay.example.net", names=(MICROSOFT,)),
        "longer": issue("longer", MICROSOFT + ".example.net"),
        "prefixed": issue("prefixed", "x" + MICROSOFT),
        "host-below": issue("host-below", "a." + MICROSOFT),
        "wildcard": issue("wildcard", "*.protection.outlook.com"),
        "dn-in-cn": issue("dn-in-cn", "evil.example/CN=" + MICROSOFT),
        "dn-in-cn-behind": issue("dn-in-cn-behind", MICROSOFT + "/O=evil.example"),
        "dn-in-o": issue("dn-in-o", (O, "Evil/CN=" + MICROSOFT), "evil.example"),
        "name-in-ou": issue("name-in-ou", (OU, MICROSOFT), "evil.example"),
        "two-names": issue("two-names", MICROSOFT, "evil.example"),
        "two-names-other-order": issue("two-names-other-order", "evil.example", MICROSOFT),
        "nul": issue("nul", MICROSOFT + "\0.evil.example"),
        "line-feed": issue("line-feed", MICROSOFT + "\n"),
        "blank": issue("blank", MICROSOFT + " "),
    }
    return known, made
