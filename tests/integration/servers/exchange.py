# SPDX-License-Identifier: BSD-2-Clause
"""exchange.py - an Exchange organization in the domain controller's directory, and mail to its groups

People and groups live in one OU of their own and in mail domains of their own, so that the company's tests do not
meet them. A test file adds its groups to those people; everybody is known by the first word of the DN.
"""
from . import mail, rollcalld
from .ldif import BASE

DOMAIN, OTHER_DOMAIN = "contoso.test", "fabrikam.test"
TENANT = "contoso.mail.onmicrosoft.com"
UNIT = "OU=Contoso," + BASE
NAMES = ("ann", "bob", "cia", "dan", "eve", "fay", "gus", "hal")
TRUSTED, ANYWHERE = "127.0.0.2", "127.0.0.1"
LEGACY = "/o=Contoso/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=%s"


def at(name, domain=DOMAIN):
    return "%s@%s" % (name, domain)


def dn(name, unit=UNIT):
    return "CN=%s,%s" % (name, unit)


def _entry(kind, name, unit, **attributes):
    made = {"objectClass": [kind], "displayName": [name], "mailNickname": [name], "mail": [at(name)],
            "proxyAddresses": ["SMTP:" + at(name)], **attributes}
    if kind in ("user", "group"):
        made.setdefault("sAMAccountName", ["x-" + name[:18]])  # the company has names of its own
    return dn(name, unit), {key: values for key, values in made.items() if values is not None}


def person(name, unit=UNIT, **attributes):
    """With a mailbox, a second address and a legacy one. An attribute that is None is left out."""
    return _entry("user", name, unit, **{
        "proxyAddresses": ["SMTP:" + at(name), "smtp:%s.other@%s" % (name, DOMAIN)],
        "msExchRecipientTypeDetails": ["1"], "legacyExchangeDN": [LEGACY % name], **attributes})


def migrated(name, unit=UNIT, **attributes):
    """A remote mailbox: in AD a mail user whose address is the tenant's."""
    return person(name, unit, **{"targetAddress": ["SMTP:" + at(name, TENANT)],
                                 "msExchRecipientTypeDetails": ["2147483648"],
                                 "msExchRemoteRecipientType": ["4"], **attributes})


def contact(name, target, unit=UNIT, **attributes):
    return _entry("contact", name, unit, **{"targetAddress": ["SMTP:" + target], "msExchRecipientTypeDetails": ["64"],
                                            **attributes})


def static(name, *members, unit=UNIT, **attributes):
    """Members by name."""
    return _entry("group", name, unit, **{"member": [dn(one) for one in members], **attributes})


def dynamic(name, *members, selection=None, base=UNIT, unit=UNIT, **attributes):
    """Selects members by name, or what `selection` says."""
    selection = selection or "(&(mailNickname=*)(|%s))" % "".join("(cn=%s)" % one for one in members)
    return _entry("msExchDynamicDistributionList", name, unit, **{
        "msExchDynamicDLFilter": [selection], "msExchDynamicDLBaseDN": [base], **attributes})


def unit(name, above=UNIT):
    return "OU=%s,%s" % (name, above), {"objectClass": ["organizationalUnit"]}


def people():
    yield UNIT, {"objectClass": ["organizationalUnit"]}
    yield from (person(name) for name in NAMES)


def relay(workshop, controller, directory=None, policy=None, members=None, **milter):
    """A relay that asks the controller. Mail from TRUSTED counts as authenticated."""
    sections = {name: settings for name, settings in (("policy", policy), ("members", members)) if settings}
    return workshop.relay(rollcalld.from_controller(controller, **(directory or {})), inside=controller,
                          sections=sections, domains="%s, %s, example.test" % (DOMAIN, OTHER_DOMAIN),
                          trusted_networks=TRUSTED + "/32", **milter)


def post(relay, *recipients, sender=at("ann"), client=TRUSTED, author=None, port=None, **more):
    """One message; the From header names the sender too, or `author`. `port`: of another service of the relay."""
    return mail.send(port or relay.port, [at(one) if isinstance(one, str) and "@" not in one else one
                                          for one in recipients], sender=sender, source=client,
                     From=author or sender or "MAILER-DAEMON@mx.example.net", **more)


def copies(relay, sent):
    """Every delivery of an accepted message."""
    assert sent.accepted, (sent.replies, sent.final, relay.daemon.log()[-2000:])
    relay.mta.wait_idle()
    return sorted(relay.mta.sink.deliveries(sent.message_id), key=lambda one: one.recipient)


def got(relay, sent):
    """Who got it, by name where it is one of ours, each as often as it came."""
    return sorted(one.recipient.removesuffix("@" + DOMAIN) for one in copies(relay, sent))


def refusal(sent, recipient=None):
    """(code, enhanced code, text) of the reply to RCPT; without `recipient`, of the reply to the message."""
    code, text = sent.final if recipient is None else sent.reply(recipient if "@" in recipient else at(recipient))
    return code, text.split(" ", 1)[0], text


def assert_refused(sent, recipient, code, enhanced, *words):
    """At RCPT, or with `recipient` None at the end."""
    was, was_enhanced, text = refusal(sent, recipient)
    assert (was, was_enhanced) == (code, enhanced), text
    for word in words:
        assert word in text, text


def verdicts(relay, group, *senders, **more):
    """What becomes of a message to the group alone, by sender: 250, or the enhanced code of the refusal, be it at RCPT
    or at the end."""
    said = {}
    for sender in senders:
        sent = post(relay, group, sender=sender if "@" in sender else at(sender), **more)
        code, enhanced, _ = refusal(sent, None if refusal(sent, group)[0] == 250 else group)
        said[sender] = code if code == 250 else enhanced
    return said
