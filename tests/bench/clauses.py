# SPDX-License-Identifier: BSD-2-Clause
"""clauses.py - what Exchange writes into the filters of its groups, clause by clause and whole, about the crowd of crowd.py

Sources: the suffix that Exchange appends to every filter of its own, the recipient types of 2007 to 2019 (with the double
negation of 2013 and later), precanned conditions, -like, -ne, -lt and -gt, and what administrators add by hand.
"""
from servers import ldif

ANY_BIT, ALL_BITS = "1.2.840.113556.1.4.804", "1.2.840.113556.1.4.803"
DETAILS = (16777216, 536870912, 68719476736, 8388608, 4398046511104, 70368744177664, 140737488355328, 35184372088832)
NAMES = "(!(name=SystemMailbox{*))(!(name=CAS_{*))"
SUFFIX = NAMES + "".join("(!(msExchRecipientTypeDetails=%d))" % value for value in DETAILS)
SUFFIX_2010 = NAMES + "".join("(!(msExchRecipientTypeDetails=%d))" % value for value in DETAILS[:3])
MAILBOX_2007 = "(objectClass=user)(objectCategory=person)(mailNickname=*)(msExchHomeServerName=*)"
MAILBOX_2013 = "(!(!(objectClass=user)))(objectCategory=person)(mailNickname=*)(msExchHomeServerName=*)"
UNIVERSAL = "(objectCategory=group)(groupType:%s:=8)(!(groupType:%s:=2147483648))(mailNickname=*)" % (ANY_BIT, ANY_BIT)
SECURITY = "(objectCategory=group)(groupType:%s:=2147483656)(mailNickname=*)" % ALL_BITS
OTHER = "(objectCategory=group)(!(groupType:%s:=8))(mailNickname=*)" % ANY_BIT
DYNAMIC = "(objectCategory=msExchDynamicDistributionList)(mailNickname=*)"
DEPARTMENTS = "(|%s)" % "".join("(department=Department %d)" % number for number in range(2, 22))
EXPIRES = 133000000000000000  # of the first person; the others' are later, each by a moment
LATER = EXPIRES + 1000 * 864000000


def alone():
    """(what, filter) of each form by itself."""
    yield "suffix: name, prefix negated", "(!(name=SystemMailbox{*))"
    yield "suffix: type negated", "(!(msExchRecipientTypeDetails=16777216))"
    yield "suffix: whole", "(&%s)" % SUFFIX
    yield "presence", "(mailNickname=*)"
    yield "presence, of two thirds", "(msExchHomeServerName=*)"
    yield "absence", "(!(msExchHomeServerName=*))"
    yield "class", "(objectClass=user)"
    yield "class, negated twice", "(!(!(objectClass=user)))"
    yield "class that few have", "(objectClass=msExchDynamicDistributionList)"
    yield "category by name", "(objectCategory=person)"
    yield "category that few have", "(objectCategory=group)"
    yield "-eq", "(department=Department 17)"
    yield "-ne", "(!(department=Department 17))"
    yield "-eq, of a seventh", "(company=Company 3)"
    yield "-eq, of one", "(displayName=Number 4711, Person)"
    yield "hidden", "(msExchHideFromAddressLists=TRUE)"
    yield "not hidden", "(!(msExchHideFromAddressLists=TRUE))"
    yield "-like 'x*', few values", "(title=Title 1*)"
    yield "-like 'x*'", "(displayName=Number 77*)"
    yield "-notlike 'x*'", "(!(displayName=Number 77*))"
    yield "-like '*x'", "(displayName=*77, Person)"
    yield "-like '*x*', few matches", "(displayName=*9977*)"
    yield "-like '*x*', many matches", "(displayName=*7*)"
    yield "-like '*x*', none", "(description=*Absent*)"
    yield "-notlike '*x*'", "(!(description=*77*))"
    yield "-like '*x', of addresses", "(proxyAddresses=*99@example.test)"
    yield "-like 'x*', of addresses", "(proxyAddresses=smtp:person.99*)"
    yield "any bit", "(groupType:%s:=8)" % ANY_BIT
    yield "any bit, negated, unsigned", "(!(groupType:%s:=2147483648))" % ANY_BIT
    yield "all bits, unsigned", "(groupType:%s:=2147483656)" % ALL_BITS
    yield "disabled accounts", "(userAccountControl:%s:=2)" % ALL_BITS
    yield "enabled accounts", "(!(userAccountControl:%s:=2))" % ALL_BITS
    yield "-lt", "(&(msExchVersion<=88218628259840)(!(msExchVersion=88218628259840)))"
    yield "-gt, all values differ", "(&(accountExpires>=%d)(!(accountExpires=%d)))" % (LATER, LATER)
    yield "-le, all values differ", "(accountExpires<=%d)" % LATER
    yield "not -ge", "(!(accountExpires>=%d))" % LATER
    yield "values ORed", DEPARTMENTS
    yield "rooms", "(|(msExchRecipientDisplayType=7)(msExchRecipientDisplayType=-2147481850))"
    yield "-memberOfGroup", "(memberOf=CN=Static 0,OU=Groups,%s)" % ldif.BASE


def whole():
    """(what, filter) of groups."""
    yield "UserMailbox 2007 of a department", "(&%s(department=Department 17)%s)" % (MAILBOX_2007, SUFFIX_2010)
    yield "UserMailbox 2013 of a department", "(&%s(department=Department 17)%s)" % (MAILBOX_2013, SUFFIX)
    yield "UserMailbox 2013", "(&%s%s)" % (MAILBOX_2013, SUFFIX)
    yield "the same with the suffix twice", "(&(&%s%s)%s)" % (MAILBOX_2013, SUFFIX, SUFFIX)
    yield "UserMailbox, departments ORed", "(&%s%s%s)" % (MAILBOX_2013, DEPARTMENTS, SUFFIX)
    yield "UserMailbox, no department", "(&%s(!(department=*))%s)" % (MAILBOX_2013, SUFFIX)
    yield "AllRecipients", "(&(mailNickname=*)%s)" % SUFFIX
    yield "AllRecipients of a company and a title", "(&(mailNickname=*)(company=Company 3)(title=Title 7)%s)" % SUFFIX
    yield "MailUser", "(&(objectClass=user)(objectCategory=person)(mailNickname=*)(!(msExchHomeServerName=*))%s)" % SUFFIX
    yield "MailContact", "(&(objectClass=contact)(mailNickname=*)%s)" % SUFFIX
    yield "MailUniversalDistributionGroup", "(&%s%s)" % (UNIVERSAL, SUFFIX)
    yield "MailUniversalSecurityGroup", "(&%s%s)" % (SECURITY, SUFFIX)
    yield "MailNonUniversalGroup", "(&%s%s)" % (OTHER, SUFFIX)
    yield "MailGroups", "(&(|(&%s)(&%s)(&%s)(&%s))%s)" % (UNIVERSAL, SECURITY, OTHER, DYNAMIC, SUFFIX)
    yield "Resources", ("(&(mailNickname=*)(|(msExchRecipientDisplayType=7)(msExchRecipientDisplayType=8))%s)" % SUFFIX)
    yield "-like and -notlike", "(&%s(displayName=*77*)(!(title=Title 1*))%s)" % (MAILBOX_2013, SUFFIX)
    yield "enabled, not hidden", ("(&%s(!(userAccountControl:%s:=2))(!(msExchHideFromAddressLists=TRUE))%s)"
                                  % (MAILBOX_2013, ALL_BITS, SUFFIX))
    yield "disabled and old", ("(&%s(userAccountControl:%s:=2)(accountExpires<=%d)%s)" % (MAILBOX_2013, ALL_BITS, LATER, SUFFIX))


def filters():
    """All of them: groups that carry them make the mirror keep what they ask for."""
    return [filter for _, filter in (*alone(), *whole())]
