# SPDX-License-Identifier: BSD-2-Clause
"""company.py - a small company, the same in every run and in every kind of directory

Everything that the tests say about who is in which group is derived here from the people, not from a filter engine:
expected() is what delivery must equal.
"""
from .ldif import BASE

DOMAIN = "example.test"
OFFICES = ["Berlin", "Lyon", "Oslo"]
DEPARTMENTS = ["Sales", "Engineering", "Finance", "Support"]
PEOPLE = "OU=People," + BASE
GROUPS = "OU=Groups," + BASE
PARTNERS = "OU=Partners," + BASE


def address(local):
    return "%s@%s" % (local, DOMAIN)


def person(number):
    """Number 7, 17, 27 left the company's mail: they have no address at all."""
    office, department = OFFICES[number % 3], DEPARTMENTS[number % 4]
    local = "p%02d" % number
    attributes = {
        "objectClass": ["user"], "displayName": ["Person %02d" % number], "givenName": ["Given%02d" % number],
        "sn": ["Family%02d" % number], "l": [office], "department": [department], "title": ["T%d" % (number % 5)],
        "extensionAttribute1": ["staff" if number % 5 else "extern"], "mailNickname": [local],
        "msExchRecipientTypeDetails": ["1"],
    }
    if number % 10 != 7:
        attributes["mail"] = [address(local)]
        attributes["proxyAddresses"] = ["SMTP:" + address(local), "smtp:%s.alias@%s" % (local, DOMAIN)]
    if number % 10 == 3:
        attributes["msExchHideFromAddressLists"] = ["TRUE"]
    if number % 10 == 9:  # migrated: the mailbox is in the tenant
        attributes["targetAddress"] = ["SMTP:%s@cloud.example.net" % local]
    return "CN=Person %02d,OU=%s,%s" % (number, office, PEOPLE), attributes


def route(number):
    """Where person `number` gets mail, None if nowhere."""
    if number % 10 == 7:
        return None
    return "p%02d@cloud.example.net" % number if number % 10 == 9 else address("p%02d" % number)


def partner(number):
    local = "partner%d" % number
    return "CN=Partner %d,%s" % (number, PARTNERS), {
        "objectClass": ["contact"], "displayName": ["Partner %d" % number], "sn": ["Partner"],
        "mail": [address(local)], "proxyAddresses": ["SMTP:" + address(local)],
        "targetAddress": ["SMTP:%s@partner.example.org" % local], "company": ["Partner AG"],
    }


NUMBERS = range(40)


def routes(condition):
    return sorted(filter(None, (route(number) for number in NUMBERS if condition(number))))


def person_dn(number):
    return person(number)[0]


def group(local, *members, **more):
    """A static group."""
    return "CN=%s,%s" % (local, GROUPS), {
        "objectClass": ["group"], "displayName": [local], "mail": [address(local)], "mailNickname": [local],
        "proxyAddresses": ["SMTP:" + address(local)], "member": list(members), **more}


def dynamic(local, selection, base=BASE, **more):
    attributes = {"objectClass": ["msExchDynamicDistributionList"], "displayName": [local], "mail": [address(local)],
                  "mailNickname": [local], "proxyAddresses": ["SMTP:" + address(local)]}
    if selection is not None:
        attributes["msExchDynamicDLFilter"] = [selection]
    if base is not None:
        attributes["msExchDynamicDLBaseDN"] = [base]
    return "CN=%s,%s" % (local, GROUPS), {**attributes, **more}


def group_dn(local):
    return "CN=%s,%s" % (local, GROUPS)


def people():
    yield from ((dn, {"objectClass": ["organizationalUnit"]}) for dn in (PEOPLE, GROUPS, PARTNERS))
    yield from (("OU=%s,%s" % (office, PEOPLE), {"objectClass": ["organizationalUnit"]}) for office in OFFICES)
    yield from (person(number) for number in NUMBERS)
    yield from (partner(number) for number in range(3))


def groups():
    """Every kind of group; each filter means the same to every server."""
    yield dynamic("sales", "(&(objectClass=user)(mail=*)(department=Sales))")
    yield dynamic("berlin", "(&(objectClass=user)(mail=*)(l=Berlin))")
    yield dynamic("lyon", "(objectClass=user)", base="OU=Lyon," + PEOPLE)
    yield dynamic("visible", "(&(objectClass=user)(!(msExchHideFromAddressLists=TRUE))(!(extensionAttribute1=extern)))",
                  base=PEOPLE)
    yield dynamic("partners", "(objectClass=contact)", base=PARTNERS)
    yield dynamic("nobody", "(&(objectClass=user)(department=Sales)(department=Finance))")
    yield dynamic("nomail", "(&(objectClass=user)(!(mail=*)))")
    yield dynamic("repaired", "&(objectClass=user)(!department=Sales) (mail=*)", base=PEOPLE)
    yield dynamic("broken", "(&(objectClass=user)(mail=*)")
    yield dynamic("nofilter", None)
    yield dynamic("nobase", "(objectClass=user)", base=None)
    yield dynamic("authonly", "(&(objectClass=user)(l=Oslo))", msExchRequireAuthToSendTo=["TRUE"])
    yield dynamic("restricted", "(&(objectClass=user)(l=Oslo))", authOrig=[person_dn(1)])
    yield dynamic("moderated", "(&(objectClass=user)(l=Oslo))", msExchEnableModeration=["TRUE"])
    yield group("static", person_dn(1), person_dn(2), person_dn(7), "CN=Partner 1," + PARTNERS)
    yield group("empty")
    yield group("nested", person_dn(3), group_dn("static"), group_dn("sales"))
    yield group("outerauth", person_dn(4), group_dn("authonly"))
    yield group("ring1", person_dn(5), group_dn("ring2"))
    yield group("ring2", person_dn(6), group_dn("ring1"))
    yield dynamic("allgroups", "(|(cn=static)(cn=berlin))", base=GROUPS)
    yield group("m365", person_dn(1), msExchRecipientTypeDetails=["8796093022208"],
                targetAddress=["SMTP:m365@tenant.example.net"])
    yield group("withm365", person_dn(2), group_dn("m365"))
    yield group("twin1", person_dn(1), proxyAddresses=["SMTP:twin1@example.test", "smtp:twin@example.test"])
    yield group("twin2", person_dn(2), proxyAddresses=["SMTP:twin2@example.test", "smtp:twin@example.test"])


def expected():
    """Group -> sorted routes, for every group that expands."""
    static = sorted([route(1), route(2), "partner1@partner.example.org"])
    sales = routes(lambda number: number % 4 == 0)
    berlin = routes(lambda number: number % 3 == 0)
    return {
        "sales": sales,
        "berlin": berlin,
        "lyon": routes(lambda number: number % 3 == 1),
        "visible": routes(lambda number: number % 10 != 3 and number % 5 != 0),
        "partners": sorted("partner%d@partner.example.org" % number for number in range(3)),
        "repaired": routes(lambda number: number % 4 != 0),
        "static": static,
        "nested": sorted({route(3), *static, *sales}),
        "ring1": sorted([route(5), route(6)]),
        "ring2": sorted([route(5), route(6)]),
        "allgroups": sorted({*static, *berlin}),
        "withm365": sorted([route(2), "m365@tenant.example.net"]),
    }


def entries():
    yield from people()
    yield from groups()


def crowd(count, unit="Crowd", local="u"):
    """`count` people of one unit, as small as they get."""
    unit_dn = "OU=%s,%s" % (unit, BASE)
    yield unit_dn, {"objectClass": ["organizationalUnit"]}
    for number in range(count):
        name = "%s%05d" % (local, number)
        yield "CN=%s,%s" % (name, unit_dn), {
            "objectClass": ["user"], "mail": [address(name)], "proxyAddresses": ["SMTP:" + address(name)],
            "extensionAttribute2": ["%s-%d" % (unit, number % 100)]}


def crowd_routes(count, local="u"):
    return [address("%s%05d" % (local, number)) for number in range(count)]


# ---- groups that ask something of a message, and members of every kind ----

SPECIAL = "OU=Special," + BASE
TENANT = "tenant.mail.onmicrosoft.com"
TEAM = [address("p01"), address("p02")]


def special_dn(local):
    return "CN=%s,%s" % (local, SPECIAL)


def mailbox(local, kind="user", **more):
    """Somebody with the address LOCAL."""
    return special_dn(local), {"objectClass": [kind], "displayName": [local], "sn": [local], "mail": [address(local)],
                               "mailNickname": [local], "proxyAddresses": ["SMTP:" + address(local)], **more}


def team(local, **more):
    """A static group of TEAM."""
    return group(local, person_dn(1), person_dn(2), **more)


def special():
    """Not part of entries(), whose groups are counted; these stand beside them and change the members of none."""
    true, false = ["TRUE"], ["FALSE"]
    yield SPECIAL, {"objectClass": ["organizationalUnit"]}
    # members
    yield mailbox("manager")
    yield mailbox("remote", msExchRecipientTypeDetails=["2147483648"], targetAddress=["SMTP:remote@" + TENANT])
    yield mailbox("guarded", msExchRequireAuthToSendTo=true)
    yield mailbox("guardedremote", msExchRequireAuthToSendTo=true, msExchRecipientTypeDetails=["2147483648"],
                  targetAddress=["SMTP:guardedremote@" + TENANT])
    yield mailbox("forwarder", altRecipient=[special_dn("manager")])
    yield mailbox("keeper", altRecipient=[special_dn("manager")], deliverAndRedirect=true)
    yield mailbox("outside", kind="contact", targetAddress=["SMTP:outside@partner.example.org"])
    yield mailbox("chained", kind="contact", targetAddress=["SMTP:" + address("p03")])
    yield mailbox("routed", kind="contact", targetAddress=["SMTP:routed@" + TENANT])
    everybody = [special_dn(local) for local in ("remote", "guarded", "guardedremote", "forwarder", "keeper", "outside",
                                                 "chained", "routed")]
    yield group("everykind", *everybody)
    # who may send
    yield team("insiders", msExchRequireAuthToSendTo=true)
    yield team("club", authOrig=[person_dn(4)], dLMemSubmitPerms=[group_dn("static"), group_dn("berlin")])
    yield team("closed", unauthOrig=[person_dn(5)], dLMemRejectPerms=[group_dn("lyon")])
    yield team("small", delivContLength=["4"])
    yield team("overseen", msExchEnableModeration=true, msExchModeratedByLink=[person_dn(2)], managedBy=[person_dn(3)],
               msExchBypassModerationLink=[person_dn(4)])
    yield group("aroundinsiders", person_dn(3), group_dn("insiders"))
    # reports and absence; where nothing is said settings decide
    yield team("toauthor", reportToOriginator=true, oOFReplyToOriginator=true)
    yield team("tomanager", reportToOriginator=false, reportToOwner=true, managedBy=[special_dn("manager")])
    yield team("tonobody", reportToOriginator=false, reportToOwner=false)
    yield team("quiet", reportToOriginator=true, oOFReplyToOriginator=false)
    # the same, nobody in two of them
    yield group("eleven", person_dn(11), reportToOriginator=false, reportToOwner=true,
                managedBy=[special_dn("manager")])
    yield group("twelve", person_dn(12), reportToOriginator=false, reportToOwner=false)
    yield group("thirteen", person_dn(13), reportToOriginator=true, oOFReplyToOriginator=false)
    # addresses
    yield team("odd", proxyAddresses=["SMTP:" + address("odd"), "smtp:" + address('"quoted local"'),
                                      "smtp:" + address("grüße"), "smtp:" + address("odd=one"),
                                      "smtp:" + address("x" * 64)])
    yield team("insidersodd", msExchRequireAuthToSendTo=true,
               proxyAddresses=["SMTP:" + address("insidersodd"), "smtp:" + address('"insiders odd"'),
                               "smtp:" + address("geheim-ü")])
    # written back from Microsoft 365, without a target address: its mail goes to the address of the tenant
    yield team("m365bare", msExchRecipientTypeDetails=["8796093022208"],
               proxyAddresses=["SMTP:" + address("m365bare"), "smtp:m365bare@" + TENANT])
