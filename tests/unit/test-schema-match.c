/* SPDX-License-Identifier: BSD-2-Clause
 * test-schema-match.c - one assertion against one stored value
 *
 * The names of the cases under /ad are rows of the reference on directories, section 4; the expected value is what its
 * column "AD as documented" says, with MS-ADTS 3.1.1.2.2.4, 3.1.1.3.1.3 and 6.5. Rows it leaves open are marked "open":
 * the expected value is the reading that selects least. Cases under /rfc follow RFC 4517 and RFC 4518.
 */
#include "rollcall/schema.h"

#include <string.h>

/* How the stored value is compared. */
typedef enum { EQ, GE, LE, AND, OR, SUB, BY_RULE } Kind;

typedef struct {
    const char *name, *attribute;
    Kind        kind;
    const char *asserted; /* SUB: pieces between stars. BY_RULE: "rule:value" */
    const char *stored;
    Truth       expected;
} MatchCase;

#define YES TRUTH_TRUE
#define NO TRUTH_FALSE
#define UNDEFINED TRUTH_UNDEFINED
#define ANN "CN=Ann Lee,OU=Sales,DC=example,DC=test"
#define PERSON "CN=Person,CN=Schema,CN=Configuration,DC=example,DC=test"

static const MatchCase ad_cases[] = {
    {"eq ci", "department", EQ, "SALES", "Sales", YES},
    {"eq other", "department", EQ, "Sale", "Sales", NO},
    {"eq longer", "department", EQ, "Sales", "Sale", NO},
    {"trailing blank in filter", "department", EQ, "Sales ", "Sales", YES},
    {"leading blank in filter", "department", EQ, " Sales", "Sales", YES},
    {"double blank in filter", "displayName", EQ, "Tester  One", "Tester One", YES},
    {"double blank stored", "displayName", EQ, "Tester One", "Tester   One", YES},
    {"no blank", "displayName", EQ, "TesterOne", "Tester One", NO},
    {"blank in filter only", "displayName", EQ, "Tester One", "TesterOne", NO},
    {"stored trailing blank", "extensionAttribute1", EQ, "gamma", "gamma ", YES},
    {"stored trailing blank, in filter", "extensionAttribute1", EQ, "gamma ", " gamma  ", YES},
    {"case exact attr, right", "testCaseExact", EQ, "MiXed", "MiXed", YES},
    {"case exact attr, other", "testCaseExact", EQ, "MIXED", "MiXed", NO},
    {"IA5 attr, other case", "displayNamePrintable", EQ, "iafive", "IAFive", NO},
    {"IA5 attr, beyond ASCII", "displayNamePrintable", EQ, "é", "e", UNDEFINED},
    {"teletex attr, other case", "legacyExchangeDN", EQ, "/O=ORG/cn=ann", "/o=Org/CN=Ann", YES},
    {"teletex attr, accent counts", "legacyExchangeDN", EQ, "/o=jose", "/o=josé", NO},
    {"teletex attr, case beyond ASCII counts", "legacyExchangeDN", EQ, "/o=É", "/o=é", NO},
    {"accent ci", "displayName", EQ, "éric müller", "Éric Müller", YES},
    {"accent dropped", "displayName", EQ, "Eric Muller", "Éric Müller", YES},
    {"accent in filter only", "displayName", EQ, "Éric", "eric", YES},
    {"accent decomposed", "displayName", EQ, "Éric", "E\xcc\x81ric", YES},
    {"accent, other letter", "displayName", EQ, "Eric", "Öric", NO},
    {"width", "displayName", EQ, "Ann 1", "\xef\xbc\xa1nn\xe3\x80\x80\xef\xbc\x91", YES},
    {"kana type", "displayName", EQ, "カナ", "かな", YES},
    {"kana type and width", "displayName", EQ, "ｶﾅ", "かな", YES},
    {"kana, other syllable", "displayName", EQ, "カカ", "かな", NO},
    {"greek case", "displayName", EQ, "ΑΘΗΝΑ", "αθήνα", YES},
    {"cyrillic case", "displayName", EQ, "ИВАН", "Иван", YES},
    {"ß = ss (open)", "displayName", EQ, "Strasse", "Straße", NO},
    {"ø = o (open)", "displayName", EQ, "Soren", "Søren", NO},
    {"æ = ae (open)", "displayName", EQ, "Aegir", "Ægir", NO},
    {"ł = l (open)", "displayName", EQ, "Lukasz", "Łukasz", NO},
    {"superscript (open)", "displayName", EQ, "m2", "m²", NO},
    {"thai vowel signs (open)", "displayName", EQ, "กน", "กิน", NO},
    {"empty value (open)", "department", EQ, "", "Sales", UNDEFINED},
    {"null byte (open)", "department", EQ, "Sales", "Sales\\00", NO},
    {"not UTF-8 asserted", "department", EQ, "Sal\xff", "Sales", UNDEFINED},
    {"not UTF-8 stored", "department", EQ, "Sales", "Sales\xff", NO},
    {"str ge", "department", GE, "sales", "Sales", YES},
    {"str ge, later", "department", GE, "sales", "Sales Nord", YES},
    {"str ge, earlier", "department", GE, "sales", "Alpha", NO},
    {"str le", "department", LE, "sales", "a, b", YES},
    {"str le, later", "department", LE, "sales", "Support", NO},
    {"str ge, accent", "department", GE, "edv", "Éa", NO},
    {"sub initial", "department", SUB, "sal*", "Sales Nord", YES},
    {"sub initial, other", "department", SUB, "ales*", "Sales", NO},
    {"sub final", "department", SUB, "*nord", "Sales Nord", YES},
    {"sub final, other", "department", SUB, "*nor", "Sales Nord", NO},
    {"sub any", "department", SUB, "*ale*", "Sales", YES},
    {"sub multi", "department", SUB, "s*l*s", "Sales", YES},
    {"sub multi, order", "department", SUB, "*l*a*", "Sales", NO},
    {"sub several anys", "department", SUB, "*a*a*a*", "banana", YES},
    {"sub too many anys", "department", SUB, "*a*a*a*a*", "banana", NO},
    {"sub init+final overlap", "department", SUB, "Sales*Sales", "Sales", NO},
    {"sub init+any overlap", "department", SUB, "Sale*es*", "Sales", NO},
    {"sub any+final overlap", "department", SUB, "*Sale*es", "Sales", NO},
    {"sub init+final meet", "department", SUB, "Sal*es", "Sales", YES},
    {"sub accent", "displayName", SUB, "É*", "Éric", YES},
    {"sub accent dropped", "displayName", SUB, "eri*mull*", "Éric Müller", YES},
    {"sub star in value", "info", SUB, "*\\2astar\\2a", "a *star*", YES},
    {"sub paren", "info", SUB, "*(paren)*", "x (paren) y", YES},
    {"sub double blank stored", "displayName", SUB, "Tester O*", "Tester   One", YES},
    {"sub double blank in filter", "displayName", SUB, "Tester   O*", "Tester One", YES},
    {"sub leading blank stored", "displayName", SUB, "Tes*", "  Tester", YES},
    {"sub final, trailing blank stored", "displayName", SUB, "*One", "Tester One  ", YES},
    {"sub with trailing blank (open)", "department", SUB, "Sales *", "Sales", NO},
    {"sub with trailing blank, inside", "department", SUB, "Sales *", "Sales Nord", YES},
    {"sub blank inside", "department", SUB, "* *", "Sales Nord", YES},
    {"sub blank, none inside", "department", SUB, "* *", "Sales ", NO},
    {"sub blank at the start (open)", "department", SUB, " *", "Sales", NO},
    {"sub without text", "department", SUB, "*", "Sales", UNDEFINED},
    {"sub on DN", "manager", SUB, "CN=Ann*", ANN, UNDEFINED},
    {"sub on int", "delivContLength", SUB, "1*", "100", UNDEFINED},
    {"sub on bool", "msExchHideFromAddressLists", SUB, "T*", "TRUE", UNDEFINED},
    {"sub on time", "whenChanged", SUB, "2026*", "20260101000000.0Z", UNDEFINED},
    {"distinguishedName sub", "distinguishedName", SUB, "*OU=T*", ANN, UNDEFINED},
    {"sub on octet string", "userCertificate", SUB, "a\\00*C", "a\\00bC", YES},
    {"sub on octet string is bytewise", "userCertificate", SUB, "A*", "abc", NO},
    {"sub on octet string, blanks count", "userCertificate", SUB, "a  b*", "a b", NO},
    {"sub on octet string, overlap", "userCertificate", SUB, "ab*bc", "abc", NO},
    {"sub on SID", "objectSid", SUB, "\\01\\02*", "S-1-5-32-544", YES},
    {"int eq", "delivContLength", EQ, "100", "100", YES},
    {"int eq negative", "groupType", EQ, "-2147483646", "-2147483646", YES},
    {"int eq padded (open)", "delivContLength", EQ, "0100", "100", UNDEFINED},
    {"int eq plus (open)", "delivContLength", EQ, "+100", "100", UNDEFINED},
    {"int ge", "delivContLength", GE, "100", "250", YES},
    {"int ge is numeric", "delivContLength", GE, "100", "25", NO},
    {"int le neg", "delivContLength", LE, "0", "-5", YES},
    {"int bad", "delivContLength", EQ, "abc", "100", UNDEFINED},
    {"int empty", "delivContLength", EQ, "", "100", UNDEFINED},
    {"int blank", "delivContLength", EQ, " 100", "100", UNDEFINED},
    {"int too large for 64 bit", "delivContLength", GE, "99999999999999999999", "100", UNDEFINED},
    {"int too large for its 32 bit (open)", "delivContLength", LE, "4294967296", "100", UNDEFINED},
    {"int unsigned spelling, equality (open)", "groupType", EQ, "2147483650", "-2147483646", UNDEFINED},
    {"int stored bad", "delivContLength", GE, "0", "10 KB", NO},
    {"int64 ge", "msExchRecipientTypeDetails", GE, "2147483648", "4398046511104", YES},
    {"int64 lowest", "accountExpires", EQ, "-9223372036854775808", "-9223372036854775808", YES},
    {"int64 highest", "accountExpires", LE, "9223372036854775807", "9223372036854775807", YES},
    {"int64 beyond", "accountExpires", LE, "9223372036854775808", "0", UNDEFINED},
    {"file time is a number", "accountExpires", GE, "133000000000000000", "134000000000000000", YES},
    {"uac 803", "userAccountControl", AND, "2", "514", YES},
    {"uac 803, not set", "userAccountControl", AND, "2", "512", NO},
    {"uac 803, all bits", "userAccountControl", AND, "514", "512", NO},
    {"uac 804", "userAccountControl", OR, "34", "514", YES},
    {"uac 804, none", "userAccountControl", OR, "32", "514", NO},
    {"803 zero", "userAccountControl", AND, "0", "512", YES},
    {"804 zero", "userAccountControl", OR, "0", "512", NO},
    {"803 unsigned mask", "groupType", AND, "2147483648", "-2147483646", YES},
    {"803 signed mask", "groupType", AND, "-2147483648", "-2147483646", YES},
    {"803 signed mask, not set", "groupType", AND, "-2147483648", "2", NO},
    {"803 mask beyond 32 bit", "groupType", AND, "4294967296", "2", UNDEFINED},
    {"int64 and 803", "msExchRecipientTypeDetails", AND, "4398046511104", "4398046511105", YES},
    {"int64 or 804", "msExchRecipientTypeDetails", OR, "2147483649", "2147483648", YES},
    {"int64 803 unsigned mask", "msExchRecipientTypeDetails", AND, "9223372036854775808", "-1", YES},
    {"803 bad value", "userAccountControl", AND, "abc", "512", UNDEFINED},
    {"803 on string", "department", AND, "1", "1", UNDEFINED},
    {"803 on boolean", "msExchHideFromAddressLists", AND, "1", "TRUE", UNDEFINED},
    {"bool TRUE", "msExchHideFromAddressLists", EQ, "TRUE", "TRUE", YES},
    {"bool FALSE", "msExchHideFromAddressLists", EQ, "FALSE", "TRUE", NO},
    {"bool lower", "msExchHideFromAddressLists", EQ, "true", "TRUE", UNDEFINED},
    {"bool bad", "msExchHideFromAddressLists", EQ, "yes", "TRUE", UNDEFINED},
    {"bool 1", "msExchHideFromAddressLists", EQ, "1", "TRUE", UNDEFINED},
    {"bool stored bad", "msExchHideFromAddressLists", EQ, "TRUE", "true", NO},
    {"bool ge", "msExchHideFromAddressLists", GE, "TRUE", "FALSE", NO},
    {"bool le", "msExchHideFromAddressLists", LE, "TRUE", "FALSE", YES},
    {"time ge .0Z", "whenChanged", GE, "20260101000000.0Z", "20260101000000.0Z", YES},
    {"time ge Z", "whenChanged", GE, "20260101000000Z", "20251231235959.0Z", NO},
    {"time le", "whenChanged", LE, "20251231235959.0Z", "20260101000000.0Z", NO},
    {"time eq", "whenChanged", EQ, "20260101000000Z", "20260101000000.0Z", YES},
    {"time offset", "whenChanged", EQ, "20260101010000+0100", "20260101000000.0Z", YES},
    {"time short", "whenChanged", GE, "202601010000Z", "20251231000000.0Z", NO},
    {"time bad", "whenChanged", GE, "yesterday", "20260101000000.0Z", UNDEFINED},
    {"time without zone", "whenChanged", GE, "20260101000000", "20260101000000.0Z", UNDEFINED},
    {"DN eq", "manager", EQ, ANN, ANN, YES},
    {"DN eq other case and blanks", "manager", EQ, "cn=ann  LEE, ou=sales, dc=EXAMPLE, dc=test", ANN, YES},
    {"DN eq type by OID", "manager", EQ, "2.5.4.3=Ann Lee,OU=Sales,DC=example,DC=test", ANN, YES},
    {"DN eq other", "manager", EQ, "CN=Ann Le,OU=Sales,DC=example,DC=test", ANN, NO},
    {"DN eq above", "manager", EQ, "OU=Sales,DC=example,DC=test", ANN, NO},
    {"DN eq escaped comma", "member", EQ, "CN=a\\5c, b,DC=test", "CN=a\\5c, b,DC=test", YES},
    {"DN eq hex comma", "member", EQ, "CN=a\\5c2C b,DC=test", "CN=a\\5c, b,DC=test", YES},
    {"DN eq two values in another order", "member", EQ, "uid=a+cn=b,DC=test", "cn=b+uid=a,DC=test", YES},
    {"DN eq with a control after a blank", "manager", EQ, "CN=Ann,DC=test", "CN=Ann \x17,DC=test", YES},
    {"DN eq with an escaped blank at the end", "manager", EQ, "CN=Ann,DC=test", "CN=Ann \\ ,DC=test", YES},
    {"DN bad", "manager", EQ, "not a dn", ANN, UNDEFINED},
    {"DN empty", "manager", EQ, "", ANN, UNDEFINED},
    {"DN ge", "manager", GE, ANN, ANN, UNDEFINED},
    {"DN stored bad", "manager", EQ, ANN, "not a dn", NO},
    {"DN stored with bad end", "manager", EQ, ANN, ANN ",", NO},
    {"DN attribute of OR-Name syntax", "authOrig", EQ, ANN, ANN, YES},
    {"distinguishedName eq", "distinguishedName", EQ, ANN, ANN, YES},
    {"objectCategory short", "objectCategory", EQ, "person", PERSON, YES},
    {"objectCategory DN", "objectCategory", EQ, PERSON, PERSON, YES},
    {"objectCategory user", "objectCategory", EQ, "user", PERSON, YES},
    {"objectCategory contact", "objectCategory", EQ, "contact", PERSON, YES},
    {"objectCategory inetOrgPerson", "objectCategory", EQ, "inetOrgPerson", PERSON, YES},
    {"objectCategory computer", "objectCategory", EQ, "computer", PERSON, NO},
    {"objectCategory group", "objectCategory", EQ, "group", PERSON, NO},
    {"objectCategory of a DDG", "objectCategory", EQ, "msExchDynamicDistributionList",
     "CN=ms-Exch-Dynamic-Distribution-List,CN=Schema,CN=Configuration,DC=example,DC=test", YES},
    {"objectCategory elsewhere", "objectCategory", EQ, "person", "CN=Person,OU=Sales,DC=example,DC=test", NO},
    {"objectCategory unknown", "objectCategory", EQ, "martian", PERSON, UNDEFINED},
    {"objectClass", "objectClass", EQ, "contact", "contact", YES},
    {"objectClass ci", "objectClass", EQ, "CONTACT", "Contact", YES},
    {"objectClass inherited, user", "objectClass", EQ, "person", "user", YES},
    {"objectClass inherited, contact", "objectClass", EQ, "person", "contact", YES},
    {"objectClass inherited, computer", "objectClass", EQ, "user", "computer", YES},
    {"objectClass is not inherited upwards", "objectClass", EQ, "user", "person", NO},
    {"objectClass auxiliary of the class", "objectClass", EQ, "mailRecipient", "user", NO},
    {"objectClass OID", "objectClass", EQ, "1.2.840.113556.1.5.15", "contact", YES},
    {"objectClass unknown (open)", "objectClass", EQ, "martian", "user", UNDEFINED},
    {"objectClass unknown stored", "objectClass", EQ, "top", "martian", NO},
    {"ext caseExactMatch", "department", BY_RULE, "caseExactMatch:Sales", "Sales", UNDEFINED},
    {"ext 2.5.13.5", "department", BY_RULE, "2.5.13.5:Sales", "Sales", UNDEFINED},
    {"undefined matching rule", "department", BY_RULE, "1.2.3.4:Sales", "Sales", UNDEFINED},
    {"canonicalName (constructed)", "canonicalName", EQ, "example.test/x", "example.test/x", UNDEFINED},
    {"tokenGroups (constructed)", "tokenGroups", EQ, "S-1-5-32-544", "S-1-5-32-544", UNDEFINED},
    {"canonicalName sub (constructed)", "canonicalName", SUB, "example*", "example.test/x", UNDEFINED},
    {"objectGUID bytes", "objectGUID", EQ, "\\00\\11\\22\\33\\44\\55\\66\\77\\88\\99\\aa\\bb\\cc\\dd\\ee\\ff",
     "33221100-5544-7766-8899-aabbccddeeff", YES},
    {"objectGUID text", "objectGUID", EQ, "33221100-5544-7766-8899-AABBCCDDEEFF",
     "\\00\\11\\22\\33\\44\\55\\66\\77\\88\\99\\aa\\bb\\cc\\dd\\ee\\ff", YES},
    {"objectGUID braces", "objectGUID", EQ, "{33221100-5544-7766-8899-aabbccddeeff}",
     "\\00\\11\\22\\33\\44\\55\\66\\77\\88\\99\\aa\\bb\\cc\\dd\\ee\\ff", YES},
    {"objectGUID truncated", "objectGUID", EQ, "\\00\\11\\22",
     "\\00\\11\\22\\33\\44\\55\\66\\77\\88\\99\\aa\\bb\\cc\\dd\\ee\\ff", UNDEFINED},
    {"objectSid text", "objectSid", EQ, "S-1-5-32-544",
     "\\01\\02\\00\\00\\00\\00\\00\\05\\20\\00\\00\\00\\20\\02\\00\\00", YES},
    {"objectSid bytes", "objectSid", EQ, "\\01\\02\\00\\00\\00\\00\\00\\05\\20\\00\\00\\00\\20\\02\\00\\00",
     "S-1-5-32-544", YES},
    {"objectSid other", "objectSid", EQ, "S-1-5-32-545", "S-1-5-32-544", NO},
    {"objectSid bad", "objectSid", EQ, "S-1-5-32-", "S-1-5-32-544", UNDEFINED},
    {"objectSid truncated", "objectSid", EQ, "\\01\\02\\00", "S-1-5-32-544", UNDEFINED},
    {"octet string", "userCertificate", EQ, "a\\00b", "a\\00b", YES},
    {"octet string is bytewise", "userCertificate", EQ, "A", "a", NO},
    {"octet string ge", "userCertificate", GE, "b", "ab", NO},
    {"security descriptor", "nTSecurityDescriptor", EQ, "x", "x", UNDEFINED},
    {"proxyAddresses eq ci", "proxyAddresses", EQ, "smtp:t1@example.test", "SMTP:T1@example.test", YES},
    {"proxyAddresses sub prefix", "proxyAddresses", SUB, "smtp:t1*", "SMTP:T1@example.test", YES},
    {"numeric string", "x121Address", EQ, "12 34", "1234", YES},
};

static const MatchCase rfc_cases[] = {
    {"caseIgnoreMatch", "cn", EQ, "ANN  lee", " Ann Lee", YES},
    {"accent counts", "cn", EQ, "Jose", "José", NO},
    {"case beyond ASCII", "cn", EQ, "JOSÉ", "josé", YES},
    {"decomposed", "cn", EQ, "Jose\xcc\x81", "José", YES},
    {"two marks in another order", "cn", EQ, "a\xcc\xa3\xcc\x81", "a\xcc\x81\xcc\xa3", YES},
    {"compatibility forms", "cn", EQ, "fish 2", "\xef\xac\x81sh\xc2\xa0²", YES},
    {"ß is ss (RFC 3454 table B.2)", "cn", EQ, "STRASSE", "Straße", YES},
    {"tab is a blank", "cn", EQ, "a b", "a\t b", YES},
    {"soft hyphen is nothing", "cn", EQ, "ab",
     "a\xc2\xad"
     "b",
     YES},
    {"control is nothing", "cn", EQ, "ab", "a\\00b", YES},
    {"private use is prohibited", "cn", EQ, "\xee\x80\x80", "x", UNDEFINED},
    {"replacement character stored", "cn", EQ, "x", "x\xef\xbf\xbd", NO},
    {"kana type counts", "cn", EQ, "カナ", "かな", NO},
    {"no ordering rule", "cn", GE, "a", "b", UNDEFINED},
    {"ordering rule", "displayName", EQ, "a", "A", YES},
    {"empty value", "cn", EQ, "", "a", UNDEFINED},
    {"caseExactMatch", "labeledURI", EQ, "http://X", "http://x", NO},
    {"caseExactMatch, blanks", "labeledURI", EQ, "http://x  y", "http://x y", YES},
    {"IA5", "mail", EQ, "ANN@example.com", "ann@EXAMPLE.com", YES},
    {"IA5, beyond ASCII", "mail", EQ, "é@example.com", "e@example.com", UNDEFINED},
    {"IA5, beyond ASCII stored", "mail", EQ, "ann@example.com", "ann@example.com\xc2\xad", NO},
    {"sub on IA5", "mail", SUB, "*@EXAMPLE.com", "ann@example.com", YES},
    {"sub on IA5, beyond ASCII", "mail", SUB, "é*", "ann@example.com", UNDEFINED},
    {"sub ignores case", "cn", SUB, "an*EE", "Ann Lee", YES},
    {"sub compatibility", "cn", SUB, "*SH*", "\xef\xac\x81sh", YES},
    {"sub without rule", "labeledURI", SUB, "http*", "http://x", UNDEFINED},
    {"telephone", "telephoneNumber", EQ, "+49 30-123", "+4930 1 23", YES},
    {"telephone, other", "telephoneNumber", EQ, "+49 30 124", "+49 30 123", NO},
    {"telephone sub", "telephoneNumber", SUB, "+49 3*", "+4-930-123", YES},
    {"numeric string", "x121Address", EQ, "12 3", "1 23", YES},
    {"numeric string, letters", "x121Address", EQ, "12a", "12", UNDEFINED},
    {"numeric string, letters stored", "x121Address", GE, "1", "12a", UNDEFINED},
    {"boolean", "msExchHideFromAddressLists", EQ, "TRUE", "TRUE", YES},
    {"boolean has no order", "msExchHideFromAddressLists", GE, "TRUE", "TRUE", UNDEFINED},
    {"integer", "uidNumber", GE, "-1", "0", YES},
    {"integer beyond 32 bit", "uidNumber", EQ, "4294967296", "4294967296", YES},
    {"integer plus", "uidNumber", EQ, "+1", "1", UNDEFINED},
    {"integer without rules", "mailPreferenceOption", EQ, "1", "1", UNDEFINED},
    {"time with fraction", "modifyTimestamp", EQ, "202601010030Z", "2026010100.5Z", YES},
    {"UUID", "entryUUID", EQ, "33221100-5544-7766-8899-AABBCCDDEEFF", "33221100-5544-7766-8899-aabbccddeeff", YES},
    {"UUID bad", "entryUUID", EQ, "33221100", "33221100-5544-7766-8899-aabbccddeeff", UNDEFINED},
    {"octets", "userPassword", EQ, "Secret", "secret", NO},
    {"DN", "member", EQ, "cn=A,dc=test", "CN=a, DC=test", YES},
    {"DN keeps accents", "member", EQ, "cn=Jose,dc=test", "cn=José,dc=test", NO},
    {"objectCategory is a plain DN", "objectCategory", EQ, "person", PERSON, UNDEFINED},
    {"objectClass inherited", "objectClass", EQ, "person", "inetOrgPerson", YES},
    {"objectClass, contact is no person", "objectClass", EQ, "person", "contact", NO},
    {"ext caseExactMatch", "cn", BY_RULE, "caseExactMatch:Ann", "Ann", YES},
    {"ext caseExactMatch, other case", "cn", BY_RULE, "caseExactMatch:Ann", "ann", NO},
    {"ext 2.5.13.5", "cn", BY_RULE, "2.5.13.5:Ann", "Ann", YES},
    {"ext rule of another syntax", "cn", BY_RULE, "integerMatch:1", "1", UNDEFINED},
    {"ext unknown rule", "cn", BY_RULE, "1.2.3.4:Ann", "Ann", UNDEFINED},
    {"ext substring rule", "cn", BY_RULE, "caseIgnoreSubstringsMatch:Ann", "Ann", UNDEFINED},
};

typedef struct {
    const MatchCase *match;
    Schema          *schema;
} Fixture;

/* Replaces \xx by the octet it stands for. */
static GString *
unescape(const char *text, gsize length)
{
    GString *octets = g_string_new(NULL);
    for (gsize i = 0; i < length; i++) {
        gboolean escape = text[i] == '\\' && i + 2 < length && g_ascii_isxdigit(text[i + 1]);
        if (escape) {
            g_string_append_c(octets,
                              (char)(g_ascii_xdigit_value(text[i + 1]) << 4 | g_ascii_xdigit_value(text[i + 2])));
            i += 2;
        } else {
            g_string_append_c(octets, text[i]);
        }
    }
    return octets;
}

static Value
value_of(const GString *octets)
{
    return (Value){octets->str, octets->len};
}

static void
free_octets(gpointer octets)
{
    g_string_free(octets, TRUE);
}

static Assertion *
substring_assertion(const Schema *schema, const AttributeType *type, const char *pattern, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(pattern, "*", -1);
    guint n = g_strv_length(parts);
    g_autoptr(GPtrArray) octets = g_ptr_array_new_with_free_func(free_octets);
    g_autofree Value *values = g_new0(Value, n);
    for (guint i = 0; i < n; i++) {
        g_ptr_array_add(octets, unescape(parts[i], strlen(parts[i])));
        values[i] = value_of(g_ptr_array_index(octets, i));
    }
    return assertion_new_substring(schema, type, values[0].length > 0 ? &values[0] : NULL, values + 1, n - 2,
                                   values[n - 1].length > 0 ? &values[n - 1] : NULL, error);
}

static Assertion *
make_assertion(const Schema *schema, const AttributeType *type, const MatchCase *c, GError **error)
{
    static const MatchKind kinds[] = {
        [EQ] = MATCH_EQUAL,    [GE] = MATCH_GREATER_OR_EQUAL, [LE] = MATCH_LESS_OR_EQUAL,
        [AND] = MATCH_BIT_AND, [OR] = MATCH_BIT_OR,
    };
    if (c->kind == SUB)
        return substring_assertion(schema, type, c->asserted, error);

    const char      *colon = c->kind == BY_RULE ? strchr(c->asserted, ':') : NULL;
    const char      *text = colon != NULL ? colon + 1 : c->asserted;
    GString         *octets = unescape(text, strlen(text));
    Value            value = value_of(octets);
    g_autofree char *rule = colon != NULL ? g_strndup(c->asserted, (gsize)(colon - c->asserted)) : NULL;
    Assertion       *assertion = rule != NULL ? assertion_new_rule(schema, type, rule, &value, error)
                                              : assertion_new(schema, type, kinds[c->kind], &value, error);
    g_string_free(octets, TRUE);
    return assertion;
}

/* What holds whatever the case: equal values have equal keys. */
static void
check_keys(const AttributeType *type, const MatchCase *c, const GString *stored)
{
    if (c->kind != EQ || c->expected == TRUTH_UNDEFINED || type->equality == RULE_OID ||
        type->equality == RULE_CATEGORY)
        return;
    GString         *asserted = unescape(c->asserted, strlen(c->asserted));
    Value            values[] = {value_of(asserted), value_of(stored)};
    gsize            lengths[2] = {0, 0};
    g_autofree char *one = schema_value_key(type, &values[0], &lengths[0]);
    g_autofree char *other = schema_value_key(type, &values[1], &lengths[1]);
    g_assert_nonnull(one);
    gboolean equal = other != NULL && lengths[0] == lengths[1] && memcmp(one, other, lengths[0]) == 0;
    g_assert_cmpint(equal, ==, c->expected == TRUTH_TRUE);
    g_string_free(asserted, TRUE);
}

static void
test_match(gconstpointer data)
{
    const Fixture       *fixture = data;
    const MatchCase     *c = fixture->match;
    const AttributeType *type = schema_attribute(fixture->schema, c->attribute);
    g_assert_nonnull(type);

    g_autoptr(GError) error = NULL;
    g_autoptr(Assertion) assertion = make_assertion(fixture->schema, type, c, &error);
    if (c->expected == TRUTH_UNDEFINED) {
        g_assert_null(assertion);
        g_assert_error(error, SCHEMA_ERROR, SCHEMA_ERROR_UNDEFINED);
        g_assert_true(g_str_has_prefix(error->message, type->name));
        return;
    }
    g_assert_no_error(error);
    GString *stored = unescape(c->stored, strlen(c->stored));
    Value    value = value_of(stored);
    g_assert_cmpint(assertion_matches(assertion, &value), ==, c->expected == TRUTH_TRUE);
    check_keys(type, c, stored);
    g_string_free(stored, TRUE);
}

/* The built-in schema has no attribute of syntax 2.5.5.3. */
static Schema *
ad_schema(const char *attribute)
{
    if (strcmp(attribute, "testCaseExact") != 0)
        return schema_new_ad();
    SchemaBuilder *builder = schema_builder_new(SCHEMA_RULES_AD);
    schema_builder_add_ad_attribute(builder, "testCaseExact", NULL, "2.5.5.3", 27, TRUE, 0, FALSE, 0, 0);
    return schema_builder_finish(builder);
}

static void
free_fixture(gpointer data)
{
    Fixture *fixture = data;
    schema_unref(fixture->schema);
    g_free(fixture);
}

static void
add_cases(const char *family, const MatchCase *cases, gsize n, Schema *(*schema_for)(const char *))
{
    for (gsize i = 0; i < n; i++) {
        g_autofree char *path = g_strdup_printf("/schema/%s/%s", family, cases[i].name);
        Fixture         *fixture = g_new(Fixture, 1);
        *fixture = (Fixture){&cases[i], schema_for(cases[i].attribute)};
        g_test_add_data_func_full(path, fixture, test_match, free_fixture);
    }
}

static Schema *
rfc_schema(G_GNUC_UNUSED const char *attribute)
{
    return schema_new_rfc();
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_cases("ad", ad_cases, G_N_ELEMENTS(ad_cases), ad_schema);
    add_cases("rfc", rfc_cases, G_N_ELEMENTS(rfc_cases), rfc_schema);
    return g_test_run();
}
