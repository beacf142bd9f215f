# SPDX-License-Identifier: BSD-2-Clause
"""schema.py - the project's own schema table, as slapd and as Samba read it

Neither server has Exchange's attributes, and slapd not even AD's. Both get what the tests use, with the OIDs and
syntaxes of the real schema.
"""
import collections
import os

Attribute = collections.namedtuple("Attribute", "name oid syntax om_syntax single search_flags catalogue link flags")

TABLE = os.path.join(os.path.dirname(__file__), "..", "..", "..", "resolver", "schema", "ad-attributes.tsv")
DYNAMIC_GROUP_OID = "1.2.840.113556.1.5.7000.62.12006"
# oMObjectClass (MS-ADTS 3.1.1.2.2.2) of OR-Name and of DN
ORNAME, DS_DN = "VgYBAgULHQ==", "KwwCh3McAIVK"
AUTO_LINK = "1.2.840.113556.1.2.50"  # MS-ADTS 3.1.1.2.3.1: the server chooses the number

# What Exchange adds, as far as the tests use it.
EXCHANGE = """
targetAddress mailNickname msExchExtensionCustomAttribute1 msExchDynamicDLFilter msExchDynamicDLBaseDN msExchQueryFilter
msExchRecipientTypeDetails msExchRecipientDisplayType msExchRequireAuthToSendTo msExchHideFromAddressLists
msExchEnableModeration msExchModerationFlags msExchVersion msExchHomeServerName msExchMailboxGuid
msExchUserAccountControl reportToOriginator reportToOwner oOFReplyToOriginator delivContLength submissionContLength
deliverAndRedirect hideDLMembership homeMDB homeMDBBL authOrig authOrigBL unauthOrig unauthOrigBL dLMemSubmitPerms
dLMemSubmitPermsBL dLMemRejectPerms dLMemRejectPermsBL altRecipient altRecipientBL msExchModeratedByLink
msExchModeratedObjectsBL msExchBypassModerationLink msExchBypassModerationBL publicDelegates publicDelegatesBL
msExchCoManagedByLink msExchCoManagedObjectsBL msExchBypassModerationFromDLMembersLink
msExchBypassModerationFromDLMembersBL msExchGenericForwardingAddress msExchExpansionServerName msExchArbitrationMailbox
msExchRemoteRecipientType
""".split() + ["extensionAttribute%d" % number for number in range(1, 16)]
# Links whose number no document gives: back link -> forward link.
PAIRS = {"msExchModeratedObjectsBL": "msExchModeratedByLink", "msExchBypassModerationBL": "msExchBypassModerationLink",
         "msExchCoManagedObjectsBL": "msExchCoManagedByLink",
         "msExchBypassModerationFromDLMembersBL": "msExchBypassModerationFromDLMembersLink"}
# What AD's base schema has and slapd's core, cosine and inetOrgPerson lack. memberOf is not here: the overlay brings
# it, and an own definition would silently switch the overlay off.
AD_BASE = """
proxyAddresses legacyExchangeDN sAMAccountName userPrincipalName userAccountControl sAMAccountType groupType objectGUID
objectSid objectCategory company department managedBy accountExpires msTSExpireDate uSNChanged whenChanged
""".split()

# attributeSyntax (MS-ADTS 3.1.1.2.2.2) -> equality, substrings, ordering, LDAP syntax (RFC 4517)
SLAPD_RULES = {
    "2.5.5.1": ("distinguishedNameMatch", None, None, 12),
    "2.5.5.3": ("caseExactMatch", "caseExactSubstringsMatch", "caseExactOrderingMatch", 15),
    "2.5.5.4": ("caseIgnoreMatch", "caseIgnoreSubstringsMatch", "caseIgnoreOrderingMatch", 15),
    "2.5.5.5": ("caseExactIA5Match", "caseExactIA5SubstringsMatch", None, 26),
    "2.5.5.7": ("distinguishedNameMatch", None, None, 12),
    "2.5.5.8": ("booleanMatch", None, None, 7),
    "2.5.5.9": ("integerMatch", None, "integerOrderingMatch", 27),
    "2.5.5.10": ("octetStringMatch", None, "octetStringOrderingMatch", 40),
    "2.5.5.11": ("generalizedTimeMatch", None, "generalizedTimeOrderingMatch", 24),
    "2.5.5.12": ("caseIgnoreMatch", "caseIgnoreSubstringsMatch", "caseIgnoreOrderingMatch", 15),
    "2.5.5.16": ("integerMatch", None, "integerOrderingMatch", 27),
    "2.5.5.17": ("octetStringMatch", None, "octetStringOrderingMatch", 40),
}


def attributes(names):
    """Rows of the table. An OID or link number that nobody knows is made up: from OpenLDAP's experimental arc, and by
    the server."""
    with open(TABLE, encoding="ascii") as table:
        rows = [Attribute(*line.rstrip("\n").split("\t")) for line in table if not line.startswith("#")]
    known = {row.name: row for row in rows}
    for number, name in enumerate(names):
        row = known[name]
        if row.oid == "-":
            row = row._replace(oid="1.3.6.1.4.1.4203.666.77.1.%d" % number)
        if name in PAIRS:
            row = row._replace(link=PAIRS[name])
        elif name in PAIRS.values():
            row = row._replace(link=AUTO_LINK)
        yield row


def _attribute_type(row):
    equality, substrings, ordering, ldap_syntax = SLAPD_RULES[row.syntax]
    return "attributetype ( %s NAME '%s' EQUALITY %s %s%sSYNTAX 1.3.6.1.4.1.1466.115.121.1.%d%s )\n" % (
        row.oid, row.name, equality, "SUBSTR %s " % substrings if substrings else "",
        "ORDERING %s " % ordering if ordering else "", ldap_syntax, " SINGLE-VALUE" if row.single == "1" else "")


def for_slapd():
    """The text of a schema file for slapd.conf, to be included after core, cosine and inetorgperson."""
    rows = list(attributes(AD_BASE + EXCHANGE))
    names = " $ ".join(row.name for row in rows)
    person = "mail $ displayName $ co $ givenName $ initials $ info $ manager $ description $ l $ title $ sn"
    classes = [
        ("1.2.840.113556.1.3.46", "mailRecipient", "SUP top AUXILIARY", "mail $ cn $ displayName"),
        ("1.2.840.113556.1.5.9", "user", "SUP organizationalPerson STRUCTURAL", person),
        ("1.2.840.113556.1.5.15", "contact", "SUP organizationalPerson STRUCTURAL", person),
        ("1.2.840.113556.1.5.8", "group", "SUP top STRUCTURAL MUST cn", "member $ mail $ displayName $ info"),
        (DYNAMIC_GROUP_OID, "msExchDynamicDistributionList", "SUP top STRUCTURAL MUST cn", "mail $ displayName $ info"),
    ]
    return "".join(_attribute_type(row) for row in rows) + "".join(
        "objectclass ( %s NAME '%s' %s MAY ( %s $ %s ) )\n" % (oid, name, kind, may, names)
        for oid, name, kind, may in classes)


def _samba_attribute(row, schema_dn):
    lines = ["dn: CN=%s,%s" % (row.name, schema_dn), "objectClass: attributeSchema", "lDAPDisplayName: " + row.name,
             "attributeID: " + row.oid, "attributeSyntax: " + row.syntax, "oMSyntax: " + row.om_syntax,
             "isSingleValued: " + ("TRUE" if row.single == "1" else "FALSE"), "searchFlags: " + row.search_flags,
             "isMemberOfPartialAttributeSet: " + ("TRUE" if in_catalogue(row) else "FALSE"),
             "showInAdvancedViewOnly: TRUE",
             "adminDisplayName: " + row.name]
    if row.om_syntax == "127":
        lines.append("oMObjectClass:: " + (ORNAME if row.syntax == "2.5.5.7" else DS_DN))
    if row.link != "0":
        lines.append("linkID: " + row.link)
    if is_back_link(row):
        lines.append("systemFlags: 1")
    return "\n".join(lines) + "\n\n"


def in_catalogue(row):
    """Of some of Exchange's own attributes no document says it; Exchange reads its recipients from catalogues."""
    return row.catalogue == "1" or row.name.startswith("msExch")


def is_back_link(row):
    return row.name in PAIRS or (row.link.isdigit() and int(row.link) % 2 == 1)


def for_samba(base):
    """LDIF texts to be applied one after another, each followed by a schema reload."""
    schema_dn = "CN=Schema,CN=Configuration," + base
    rows = list(attributes(EXCHANGE))
    forward = [row for row in rows if not is_back_link(row)]
    back = [row for row in rows if is_back_link(row)]
    group_class = (
        "dn: CN=ms-Exch-Dynamic-Distribution-List,{s}\nobjectClass: classSchema\n"
        "lDAPDisplayName: msExchDynamicDistributionList\ngovernsID: {oid}\nsubClassOf: top\nobjectClassCategory: 1\n"
        "rDNAttID: cn\ndefaultHidingValue: FALSE\nshowInAdvancedViewOnly: TRUE\n"
        "defaultObjectCategory: CN=ms-Exch-Dynamic-Distribution-List,{s}\n"
        "adminDisplayName: ms-Exch-Dynamic-Distribution-List\nauxiliaryClass: mailRecipient\n"
        "defaultSecurityDescriptor: D:(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;DA)(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;SY)"
        "(A;;RPLCLORC;;;AU)\n"
        "systemPossSuperiors: organizationalUnit\nsystemPossSuperiors: container\nsystemPossSuperiors: domainDNS\n"
        "systemMustContain: cn\nmayContain: mail\nmayContain: managedBy\nmayContain: msExchDynamicDLFilter\n"
        "mayContain: msExchDynamicDLBaseDN\nmayContain: msExchQueryFilter\n\n"
    ).format(s=schema_dn, oid=DYNAMIC_GROUP_OID)

    def may_contain(cn, some):
        return "dn: CN=%s,%s\nchangetype: modify\nadd: mayContain\n%s-\n\n" % (
            cn, schema_dn, "".join("mayContain: %s\n" % row.name for row in some))

    # As Exchange's setup does: recipients are looked up on global catalogues.
    addresses = ("dn: CN=Proxy-Addresses,%s\nchangetype: modify\nreplace: isMemberOfPartialAttributeSet\n"
                 "isMemberOfPartialAttributeSet: TRUE\n-\n\n" % schema_dn)
    return ["".join(_samba_attribute(row, schema_dn) for row in forward),
            "".join(_samba_attribute(row, schema_dn) for row in back),
            group_class,
            may_contain("Mail-Recipient", forward) + may_contain("Top", back) + addresses]
