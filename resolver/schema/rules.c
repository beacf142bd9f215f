/* SPDX-License-Identifier: BSD-2-Clause
 * rules.c - the tables of syntaxes and matching rules
 *
 * Owns: nothing. Promises: what is in no table compares with nothing. Threads: any.
 */
#include "resolver/schema/rules.h"

#include <string.h>

/* MS-ADTS 3.1.1.2.2.2 and 3.1.1.2.2.4; OR-Name values come as plain DNs over LDAP. Ordering of Booleans is valid there.
 * Security descriptors, presentation addresses and DN-with-string are not in the list of what can be compared. */
static const struct {
    const char    *syntax;
    Rule           equality, ordering, substring;
    AttributeFlags flags;
} ad_syntaxes[] = {
    {"2.5.5.1", RULE_DN, RULE_NONE, RULE_NONE, 0},
    {"2.5.5.2", RULE_AD_TELETEX, RULE_NONE, RULE_NONE, ATTRIBUTE_ASCII},
    {"2.5.5.3", RULE_CASE_EXACT, RULE_CASE_EXACT, RULE_CASE_EXACT, 0},
    {"2.5.5.4", RULE_AD_TELETEX, RULE_AD_TELETEX, RULE_AD_TELETEX, 0},
    {"2.5.5.5", RULE_CASE_EXACT, RULE_CASE_EXACT, RULE_CASE_EXACT, ATTRIBUTE_ASCII},
    {"2.5.5.6", RULE_NUMERIC_STRING, RULE_NUMERIC_STRING, RULE_NUMERIC_STRING, ATTRIBUTE_ASCII},
    {"2.5.5.7", RULE_DN, RULE_NONE, RULE_NONE, 0},
    {"2.5.5.8", RULE_BOOLEAN, RULE_BOOLEAN, RULE_NONE, 0},
    {"2.5.5.9", RULE_INTEGER, RULE_INTEGER, RULE_NONE, 0},
    {"2.5.5.10", RULE_OCTETS, RULE_OCTETS, RULE_OCTETS, 0},
    {"2.5.5.11", RULE_TIME, RULE_TIME, RULE_NONE, 0},
    {"2.5.5.12", RULE_AD_STRING, RULE_AD_STRING, RULE_AD_STRING, 0},
    {"2.5.5.16", RULE_INTEGER64, RULE_INTEGER64, RULE_NONE, 0},
    {"2.5.5.17", RULE_SID, RULE_SID, RULE_SID, 0},
};

/* RFC 4517 section 4.2, in the order of the OIDs. What only has a first component, words or presentation addresses
 * is not here: no attribute of a recipient uses it. */
static const struct {
    const char *name, *oid;
    RuleUse     use;
    Rule        rule;
} named_rules[] = {
    {"objectIdentifierMatch", "2.5.13.0", RULE_FOR_EQUALITY, RULE_AD_TELETEX},
    {"distinguishedNameMatch", "2.5.13.1", RULE_FOR_EQUALITY, RULE_DN},
    {"caseIgnoreMatch", "2.5.13.2", RULE_FOR_EQUALITY, RULE_CASE_IGNORE},
    {"caseIgnoreOrderingMatch", "2.5.13.3", RULE_FOR_ORDERING, RULE_CASE_IGNORE},
    {"caseIgnoreSubstringsMatch", "2.5.13.4", RULE_FOR_SUBSTRING, RULE_CASE_IGNORE},
    {"caseExactMatch", "2.5.13.5", RULE_FOR_EQUALITY, RULE_CASE_EXACT},
    {"caseExactOrderingMatch", "2.5.13.6", RULE_FOR_ORDERING, RULE_CASE_EXACT},
    {"caseExactSubstringsMatch", "2.5.13.7", RULE_FOR_SUBSTRING, RULE_CASE_EXACT},
    {"numericStringMatch", "2.5.13.8", RULE_FOR_EQUALITY, RULE_NUMERIC_STRING},
    {"numericStringOrderingMatch", "2.5.13.9", RULE_FOR_ORDERING, RULE_NUMERIC_STRING},
    {"numericStringSubstringsMatch", "2.5.13.10", RULE_FOR_SUBSTRING, RULE_NUMERIC_STRING},
    {"caseIgnoreListMatch", "2.5.13.11", RULE_FOR_EQUALITY, RULE_CASE_IGNORE},
    {"caseIgnoreListSubstringsMatch", "2.5.13.12", RULE_FOR_SUBSTRING, RULE_CASE_IGNORE},
    {"booleanMatch", "2.5.13.13", RULE_FOR_EQUALITY, RULE_BOOLEAN},
    {"integerMatch", "2.5.13.14", RULE_FOR_EQUALITY, RULE_INTEGER64},
    {"integerOrderingMatch", "2.5.13.15", RULE_FOR_ORDERING, RULE_INTEGER64},
    {"bitStringMatch", "2.5.13.16", RULE_FOR_EQUALITY, RULE_CASE_EXACT},
    {"octetStringMatch", "2.5.13.17", RULE_FOR_EQUALITY, RULE_OCTETS},
    {"octetStringOrderingMatch", "2.5.13.18", RULE_FOR_ORDERING, RULE_OCTETS},
    {"octetStringSubstringsMatch", "2.5.13.19", RULE_FOR_SUBSTRING, RULE_OCTETS},
    {"telephoneNumberMatch", "2.5.13.20", RULE_FOR_EQUALITY, RULE_TELEPHONE},
    {"telephoneNumberSubstringsMatch", "2.5.13.21", RULE_FOR_SUBSTRING, RULE_TELEPHONE},
    {"uniqueMemberMatch", "2.5.13.23", RULE_FOR_EQUALITY, RULE_DN},
    {"generalizedTimeMatch", "2.5.13.27", RULE_FOR_EQUALITY, RULE_TIME},
    {"generalizedTimeOrderingMatch", "2.5.13.28", RULE_FOR_ORDERING, RULE_TIME},
    {"caseExactIA5Match", "1.3.6.1.4.1.1466.109.114.1", RULE_FOR_EQUALITY, RULE_CASE_EXACT},
    {"caseIgnoreIA5Match", "1.3.6.1.4.1.1466.109.114.2", RULE_FOR_EQUALITY, RULE_CASE_IGNORE},
    {"caseIgnoreIA5SubstringsMatch", "1.3.6.1.4.1.1466.109.114.3", RULE_FOR_SUBSTRING, RULE_CASE_IGNORE},
    {"caseExactIA5SubstringsMatch", "1.3.6.1.4.1.4203.1.2.1", RULE_FOR_SUBSTRING, RULE_CASE_EXACT},
    {"UUIDMatch", "1.3.6.1.1.16.2", RULE_FOR_EQUALITY, RULE_UUID_TEXT},
    {"UUIDOrderingMatch", "1.3.6.1.1.16.3", RULE_FOR_ORDERING, RULE_UUID_TEXT},
};

RuleSet
rules_of_ad_syntax(const char *attribute, const char *attribute_syntax, int om_syntax)
{
    RuleSet set = {0};
    for (gsize i = 0; i < G_N_ELEMENTS(ad_syntaxes); i++)
        if (g_strcmp0(attribute_syntax, ad_syntaxes[i].syntax) == 0)
            set = (RuleSet){ad_syntaxes[i].equality, ad_syntaxes[i].ordering, ad_syntaxes[i].substring,
                            ad_syntaxes[i].flags};

    gsize length = strlen(attribute);
    if (g_ascii_strcasecmp(attribute, "objectClass") == 0 ||
        g_ascii_strcasecmp(attribute, "structuralObjectClass") == 0)
        set.equality = RULE_OID;
    else if (g_ascii_strcasecmp(attribute, "objectCategory") == 0)
        set.equality = RULE_CATEGORY;
    else if (set.equality == RULE_OCTETS && om_syntax == 4 && length > 4 &&
             g_ascii_strcasecmp(attribute + length - 4, "GUID") == 0)
        set.equality = RULE_GUID; /* nothing but the name tells a GUID from other octets */
    return set;
}

Rule
rule_by_name(const char *name_or_oid, RuleUse use)
{
    for (gsize i = 0; i < G_N_ELEMENTS(named_rules); i++)
        if (named_rules[i].use == use &&
            (g_ascii_strcasecmp(name_or_oid, named_rules[i].name) == 0 || strcmp(name_or_oid, named_rules[i].oid) == 0))
            return named_rules[i].rule;
    return RULE_NONE;
}

/* RFC 4517 section 3.3: country, IA5, numeric, printable string, telephone number. */
gboolean
rules_syntax_is_ascii(const char *syntax)
{
    static const char *const ascii[] = {"11", "26", "36", "44", "50"};
    static const char        arc[] = "1.3.6.1.4.1.1466.115.121.1.";
    for (gsize i = 0; i < G_N_ELEMENTS(ascii); i++)
        if (strncmp(syntax, arc, sizeof arc - 1) == 0 && strcmp(syntax + sizeof arc - 1, ascii[i]) == 0)
            return TRUE;
    return FALSE;
}

gboolean
rule_is_text(Rule rule)
{
    switch (rule) {
    case RULE_AD_STRING:
    case RULE_AD_TELETEX:
    case RULE_CASE_IGNORE:
    case RULE_CASE_EXACT:
    case RULE_NUMERIC_STRING:
    case RULE_TELEPHONE:
        return TRUE;
    default:
        return FALSE;
    }
}
