# SPDX-License-Identifier: BSD-2-Clause
"""filters.py - random entries and random filters, for comparing engines with each other

What the servers are known to answer against the documents is never generated: for Samba everything that ends in
Undefined (it reads that as FALSE), accents that differ, substrings of anything but strings, values that break their
syntax, times without a fraction; for slapd approximate match, short class names of objectCategory, in-chain, anr.
For both: substrings that begin or end in a blank, order of punctuation, odd spellings of integers and integers that
do not fit their syntax.
"""
from .ldif import BASE

ROOT = "OU=Random," + BASE
WORDS = ["sales", "Sales", "SALES NORD", "salesforce", "north", "Zürich", "zÜRICH west", "Ørsted", "a1", "a10", "b2",
         "R&D", "star*red", "back\\slash", "(paren)", "x", "xx", "Paris  Centre", "naïf"]
PLAIN = ["alpha", "Beta", "gamma", "delta", "betamax", "ALPHABET"]  # letters only: their order is beyond dispute
STRINGS = ["department", "l", "displayName", "extensionAttribute1", "extensionAttribute2", "company"]
INTEGERS = {"delivContLength": [0, 1, 2, 3, 100, 2147483646, -5], "msExchRecipientTypeDetails": [1, 4, 128, 2147483648,
                                                                                               4398046511104]}
BOOLEANS = ["msExchHideFromAddressLists", "msExchRequireAuthToSendTo"]
TIMES = ["20250101000000", "20260101000000", "20260615123456"]
CLASSES = ["user", "contact", "group", "person", "organizationalPerson", "top", "msExchDynamicDistributionList"]
AND_RULE, OR_RULE, CHAIN_RULE = ("1.2.840.113556.1.4." + number for number in ("803", "804", "1941"))


def escape(value):
    """An assertion value (RFC 4515 section 3)."""
    octets = value.encode() if isinstance(value, str) else value
    return "".join(chr(octet) if 32 <= octet < 127 and chr(octet) not in "()*\\" else "\\%02x" % octet
                   for octet in octets)


def entries(random, count):
    """An OU full; people and contacts, then groups of some of them and of each other."""
    people = [_person(random, number) for number in range(count)]
    yield ROOT, {"objectClass": ["organizationalUnit"]}
    yield from people
    earlier = [dn for dn, _ in people]
    for number in range(count // 6):
        dn = "CN=group %d,%s" % (number, ROOT)
        yield dn, {"objectClass": ["group"], "member": random.sample(earlier, random.randint(1, 6)),
                   "displayName": [random.choice(WORDS)]}
        earlier.append(dn)


def _person(random, number):
    kind = random.choice(["user", "user", "contact", "msExchDynamicDistributionList"])
    attributes = {"objectClass": [kind]}
    for name in STRINGS if kind != "msExchDynamicDistributionList" else STRINGS[2:5]:
        if random.random() < 0.6:
            attributes[name] = [random.choice(WORDS)]
    if kind != "msExchDynamicDistributionList":
        if random.random() < 0.7:
            attributes["title"] = [random.choice(PLAIN)]
        if random.random() < 0.5:
            attributes["msTSExpireDate" if kind == "user" else "description"] = [random.choice(TIMES) + ".0Z"]
        if number > 3 and random.random() < 0.4:
            attributes["manager"] = ["CN=e%d,%s" % (random.randrange(number), ROOT)]
    for name, values in INTEGERS.items():
        if random.random() < 0.6:
            attributes[name] = [str(random.choice(values))]
    for name in BOOLEANS:
        if random.random() < 0.5:
            attributes[name] = [random.choice(["TRUE", "FALSE"])]
    if random.random() < 0.5:
        attributes["proxyAddresses"] = ["%s:e%d.%d@example.test" % (random.choice(["SMTP", "smtp"]), number, one)
                                        for one in range(random.randint(1, 3))]
    if random.random() < 0.3:
        attributes["msExchMailboxGuid"] = [bytes(random.randrange(256) for _ in range(16))]
    return "CN=e%d,%s" % (number, ROOT), attributes


class Generator:
    """Filters over `entries`; `ad`: for Samba and AD's rules, else for slapd and RFC 4517's."""

    def __init__(self, random, known, ad):
        self.random, self.known, self.ad = random, list(known), ad
        self.dns = [dn for dn, _ in self.known]
        self.groups = [dn for dn, attributes in self.known if "member" in attributes]
        self.terms = [self._string, self._string, self._substring, self._integer, self._bits, self._boolean,
                      self._order, self._time, self._dn, self._member, self._class, self._presence, self._octets,
                      self._proxy]
        self.terms += [self._category, self._chain, self._anr] if ad else [self._undefined, self._undefined]

    def filter(self, depth=4):
        kind = self.random.random()
        if depth == 0 or kind < 0.35:
            return "(%s)" % self.random.choice(self.terms)()
        if kind < 0.55:
            return "(!%s)" % self.filter(depth - 1)
        parts = "".join(self.filter(depth - 1) for _ in range(self.random.choice([0, 1, 2, 2, 2, 3, 4])))
        return "(%s%s)" % (self.random.choice("&|"), parts)

    def _name(self, name):
        return self.random.choice([name, name, name.upper(), name.lower()])

    def _case(self, text):
        return self.random.choice([text, text.upper(), text.lower()])

    def _string(self):
        return "%s=%s" % (self._name(self.random.choice(STRINGS)), escape(self._case(self.random.choice(WORDS))))

    def _substring(self):
        word = self._case(self.random.choice([word for word in WORDS if "  " not in word]))
        cuts = sorted(self.random.randint(0, len(word)) for _ in range(self.random.randint(1, 3)))
        pieces = [word[start:end] for start, end in zip([0, *cuts], [*cuts, len(word)])]
        chosen = [piece for piece in pieces if self.random.random() < 0.8]
        if any(piece != piece.strip() for piece in chosen) or not any(chosen):
            return self._presence()
        body = "*".join(escape(piece) for piece in chosen if piece)
        return "%s=%s" % (self.random.choice(STRINGS), self.random.choice(["*%s*", "%s*", "*%s"]) % body)

    def _integer(self):
        name, values = self.random.choice(list(INTEGERS.items()))
        return "%s%s%d" % (self._name(name), self.random.choice(["=", ">=", "<="]),
                           self.random.choice(values) + self.random.choice([0, 0, 1, -1]))

    def _bits(self):
        mask = self.random.choice([0, 1, 2, 3, 4, 32, 512, 544])
        return "%s:%s:=%d" % (self.random.choice([*INTEGERS, "userAccountControl"]),
                              self.random.choice([AND_RULE, OR_RULE]), mask)

    def _boolean(self):
        return "%s=%s" % (self._name(self.random.choice(BOOLEANS)), self.random.choice(["TRUE", "FALSE"]))

    def _order(self):
        return "title%s%s" % (self.random.choice([">=", "<=", "="]), self._case(self.random.choice(PLAIN)))

    def _time(self):
        ending = ".0Z" if self.ad else self.random.choice([".0Z", "Z", "Z"])
        return "msTSExpireDate%s%s" % (self.random.choice([">=", "<=", "="]), self.random.choice(TIMES) + ending)

    def _some_dn(self, dns):
        dn = self._case(self.random.choice(dns))
        return escape(self.random.choice([dn, dn.replace(",", ", ")]))

    def _dn(self):
        return "manager=" + self._some_dn(self.dns)

    def _member(self):
        return self.random.choice(["member=" + self._some_dn(self.dns), "memberOf=" + self._some_dn(self.groups)])

    def _class(self):
        return "objectClass=" + self._case(self.random.choice(CLASSES))

    def _presence(self):
        return self._name(self.random.choice([*STRINGS, *INTEGERS, *BOOLEANS, "manager", "member", "proxyAddresses",
                                              "msTSExpireDate", "objectClass", "cn"])) + "=*"

    def _octets(self):
        guids = [value for _, attributes in self.known for value in attributes.get("msExchMailboxGuid", [])]
        return "msExchMailboxGuid=" + "".join("\\%02x" % octet for octet in self.random.choice(guids))

    def _proxy(self):
        return "proxyAddresses=" + self.random.choice(
            ["%s:e%d.%d@example.test" % (self._case("smtp"), self.random.randrange(40), self.random.randrange(3)),
             "smtp:e%d*" % self.random.randrange(9), "*@example.test"])

    # ---- Active Directory's own ----

    def _category(self):
        return "objectCategory=" + self._case(self.random.choice(["person", "user", "contact", "group"]))

    def _chain(self):
        return self.random.choice(["memberOf:%s:=%s" % (CHAIN_RULE, self._some_dn(self.groups)),
                                   "member:%s:=%s" % (CHAIN_RULE, self._some_dn(self.dns))])

    def _anr(self):
        return "anr=" + escape(self.random.choice(["e1", "e2", "group", "sales", "north", "x"]))

    # ---- RFC 4511's three-valued logic, which slapd follows ----

    def _undefined(self):
        return self.random.choice(["noSuchAttribute=1", "noSuchAttribute=*", "delivContLength=abc",
                                   "msExchHideFromAddressLists=yes", "manager=not a name", "objectClass=martian",
                                   "department:1.2.3.4:=Sales", "msTSExpireDate>=yesterday"])
