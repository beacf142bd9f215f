# SPDX-License-Identifier: BSD-2-Clause
"""The administrator's command against real directories: what it shows and how it ends"""
import json
import os
import shutil

import pytest

from servers import company, ldif, rollcalld
from servers.company import address
from servers.process import free_port
from servers.rollcalld import command


@pytest.fixture(scope="module", params=["ldif", "slapd", "controller"])
def asked(request, new_folder):
    """asked(ARGUMENT..., status=0): the command with a configuration for one kind of directory."""
    server = request.getfixturevalue("company_ldif" if request.param == "ldif" else request.param)
    directory = (rollcalld.from_ldif(server) if request.param == "ldif" else
                 rollcalld.from_slapd(server, tls=True) if request.param == "slapd" else
                 rollcalld.from_controller(server, schema="ad"))
    config = rollcalld.write_config(new_folder("command") + "/rollcall.conf", {"domains": "example.test"}, directory)
    controller = server if request.param == "controller" else None
    return lambda *arguments, status=0: command("--config", config, *arguments, controller=controller, status=status)


def test_members_as_json(asked):
    shown = json.loads(asked("members", address("nested"), "--format", "json").stdout)
    assert sorted(member["route"] for member in shown["members"]) == company.expected()["nested"]
    paths = {member["route"]: [dn.lower() for dn in member["path"]] for member in shown["members"]}
    nested, static = company.group_dn("nested").lower(), company.group_dn("static").lower()
    assert paths[company.route(3)] == [nested]
    assert paths["partner1@partner.example.org"] == [nested, static]
    assert [(skip["reason"], skip["dn"].lower()) for skip in shown["skipped"]] == [
        ("no-address", company.person_dn(7).lower())]


def test_members_as_table(asked):
    shown = asked("members", address("static")).stdout
    for word in ("p01@example.test", "Partner 1", "Person 07", "no-address", "3 members"):
        assert word.lower() in shown.lower()


@pytest.mark.parametrize("group,code", [("nobody", "5.2.4"), ("twin", "4.3.5"), ("broken", "4.3.5")])
def test_members_says_what_mail_would_be_told(asked, group, code):
    done = asked("members", address(group), status=None)
    assert done.returncode != 0 and code in done.stderr


def test_members_of_what_is_no_group(asked):
    for one in ("p01@example.test", "nobody.here@example.test", "x@elsewhere.example", address("m365")):
        done = asked("members", one, "--format", "addresses", status=1)
        assert done.stdout == "" and one in done.stderr


def test_match(asked):
    dns = asked("match", "(&(objectClass=user)(department=Sales)(l=Berlin))", "--format", "dn").stdout.splitlines()
    wanted = [company.person_dn(number) for number in company.NUMBERS if number % 4 == 0 and number % 3 == 0]
    assert [dn.lower() for dn in dns] == sorted(dn.lower() for dn in wanted)
    dns = asked("match", "(objectClass=contact)", "--base", company.PARTNERS, "--format", "dn").stdout.splitlines()
    assert len(dns) == 3
    assert asked("match", "(department=Nowhere)", "--format", "dn").stdout == ""


def test_match_repairs(asked):
    done = asked("match", "&(objectClass=user)(!department=Sales) (l=Berlin)", "--format", "dn")
    wanted = [number for number in company.NUMBERS if number % 4 != 0 and number % 3 == 0]
    assert len(done.stdout.splitlines()) == len(wanted)
    assert done.stderr != ""


def test_match_under_a_base_that_is_not_there(asked):
    done = asked("match", "(objectClass=user)", "--base", "OU=Gone," + ldif.BASE, status=None)
    assert done.returncode != 0 and done.stdout == "" and done.stderr != ""


def test_check_names_the_broken_groups(asked):
    done = asked("check", status=1)
    bad = [line.lower() for line in done.stdout.splitlines() if line.startswith("bad")]
    for group in ("broken", "nofilter", "nobase"):
        assert any("cn=%s," % group in line for line in bad), done.stdout
    assert not any("cn=%s," % group in line for group in company.expected() for line in bad), done.stdout
    assert "good" in done.stdout


@pytest.mark.parametrize("text,canonical,repairs", [
    ("(a=b)", "(a=b)", 0),
    ("a=b", "(a=b)", 1),
    ("(&(a=b)(!c=d))", "(&(a=b)(!(c=d)))", 1),
    ("&(a=b)(c=d)", "(&(a=b)(c=d))", 1),
    ("((a=b))", "(a=b)", 1),
    ("(!(a=b)(c=d))", "(!(&(a=b)(c=d)))", 1),
    ("(a=\\2a)", "(a=\\2a)", 0),
])
def test_filter(text, canonical, repairs):
    done = command("filter", text)
    assert done.stdout == canonical + "\n"
    assert len(done.stderr.splitlines()) == repairs, done.stderr


@pytest.mark.parametrize("text,position", [("(&(a=b)", "7"), ("(a=b))", "5"), ("(a=b", "4"), ("", "0"), ("(=b)", "1")])
def test_filter_unreadable(text, position):
    done = command("filter", text, status=1)
    assert done.stdout == "" and "position " + position in done.stderr


def test_ldif_without_configuration(company_ldif):
    done = command("--ldif", company_ldif, "members", address("sales"), "--format", "addresses")
    assert done.stdout.splitlines() == company.expected()["sales"]


def test_directory_that_is_not_there(new_folder):
    """Could not find out: the status says "try again", nothing is printed that could be taken for an answer."""
    path = new_folder("command")
    config = rollcalld.write_config(path + "/rollcall.conf", {"domains": "example.test"}, {
        "source": "ldap", "uri": "ldap://127.0.0.1:%d" % free_port(), "base": ldif.BASE, "tls": "none",
        "connect-timeout": "1 s"}, {"max-time": "3 s"})
    done = command("--config", config, "members", address("sales"), "--format", "addresses", status=75)
    assert done.stdout == "" and "4.4.3" in done.stderr
    done = command("--config", config, "check", status=1)
    assert any(line.startswith("bad") for line in done.stdout.splitlines())


def test_check_of_certificates(slapd, new_slapd, new_folder):
    """A certificate of another authority, and a name that is not in it."""
    other = new_slapd()
    for change in ({"tls-ca-file": other.ca_file}, {"uri": slapd.tls_uri.replace("127.0.0.1", "127.0.0.2")}):
        config = rollcalld.write_config(new_folder("command") + "/rollcall.conf", {"domains": "example.test"},
                                        rollcalld.from_slapd(slapd, tls=True, **change))
        done = command("--config", config, "check", status=1)
        assert any(line.startswith("bad") for line in done.stdout.splitlines()), done.stdout


def at_home(folder, directory, user="", **more):
    """A configuration of a daemon that has all it needs in one folder."""
    return rollcalld.write_config(folder + "/rollcall.conf", {"domains": "example.test", "user": user}, directory,
                                  sections={"state": {"file": folder + "/state.db"},
                                            "control": {"socket": folder + "/control.sock", **more}})


def findings(config):
    """(word, text) of each line about the daemon's own files and socket."""
    shown = command("--config", config, "check", "--no-mta", status=None).stdout
    lines = [tuple(line.split(None, 1)) for line in shown.splitlines() if line[:1].isalpha()]
    return [(word, text) for word, text in lines
            if text.startswith(("state file", "mirror-file", "control socket", "user "))]


def kept_by(folder, server, **more):
    return rollcalld.from_slapd(server, mirror="yes", **{"mirror-file": folder + "/mirror.db"}, **more)


def test_check_of_what_the_daemon_keeps(slapd, new_folder):
    """Neither file is there; both are; nothing is made by looking."""
    folder = new_folder("command")
    config = at_home(folder, kept_by(folder, slapd))
    assert findings(config) == [
        ("good", "state file %s/state.db: not there yet; user root can make it" % folder),
        ("good", "mirror-file %s/mirror.db: not there yet; user root can make it" % folder),
        ("note", "control socket %s/control.sock: no daemon is running there (No such file or directory)" % folder)]
    assert os.listdir(folder) == ["rollcall.conf"]
    for name in ("state.db", "mirror.db"):
        with open(os.path.join(folder, name), "wb"):
            os.chmod(os.path.join(folder, name), 0o600)
    assert findings(config)[:2] == [("good", "state file %s/state.db: user root can write it" % folder),
                                    ("good", "mirror-file %s/mirror.db: user root can write it" % folder)]


@pytest.mark.parametrize("fault", ["directory-of-root", "file-of-root", "no-directory", "no-file", "foreign", "open",
                                   "link"])
def test_check_of_what_the_daemon_cannot_keep(slapd, new_folder, fault):
    """The daemon becomes nobody; what of root's is in its way is named although root asks."""
    folder = new_folder("command")
    os.chmod(folder, 0o755)
    kept = folder + "/kept"
    if fault != "no-directory":
        os.mkdir(kept, 0o755)
        if fault != "directory-of-root":
            shutil.chown(kept, "nobody")
    for name in ("state.db", "mirror.db"):
        if fault == "no-file":
            os.mkdir(kept + "/" + name)
            shutil.chown(kept + "/" + name, "nobody")
        elif fault == "link":
            os.symlink(kept + "/elsewhere", kept + "/" + name)
        elif fault in ("file-of-root", "foreign", "open"):
            with open(kept + "/" + name, "w", encoding="ascii") as out:
                out.write("a shopping list\n" * 100 if fault == "foreign" else "")
            os.chmod(kept + "/" + name, 0o644 if fault == "open" else 0o600)
            if fault != "file-of-root":
                shutil.chown(kept + "/" + name, "nobody")
    config = rollcalld.write_config(folder + "/rollcall.conf", {"domains": "example.test", "user": "nobody"},
                                    kept_by(kept, slapd), sections={
                                        "state": {"file": kept + "/state.db"}, "control": {"socket": ""}})
    state, mirror = "state file " + kept + "/state.db", "mirror-file " + kept + "/mirror.db"
    said = {
        "directory-of-root": [("bad", state + ": user nobody cannot write %s: Permission denied" % kept),
                              ("bad", mirror + ": user nobody cannot write %s: Permission denied" % kept)],
        "file-of-root": [("bad", state + ": user nobody cannot write %s/state.db: Permission denied" % kept),
                         ("bad", mirror + ": user nobody cannot write %s/mirror.db: Permission denied" % kept)],
        "no-directory": [("bad", state + ": user nobody cannot write %s: No such file or directory" % kept),
                         ("bad", mirror + ": user nobody cannot write %s: No such file or directory" % kept)],
        "no-file": [("bad", state + ": not a regular file"), ("bad", mirror + ": not a regular file")],
        "foreign": [("bad", state + " is no state of rollcall; move it away or name another file; no group's history "
                                    "is known"),
                    ("good", mirror + ": user nobody can write it")],
        "link": [("good", state + ": not there yet; user nobody can make it"),
                 ("bad", mirror + ": a link, which the daemon does not follow")],
        "open": [("note", state + ": mode 0644: others may read it, and it names people"),
                 ("good", state + ": user nobody can write it"),
                 ("note", mirror + ": mode 0644: others may read it, and it names people"),
                 ("good", mirror + ": user nobody can write it")],
    }[fault]
    assert [found for found in findings(config) if not found[1].startswith("control")] == said


def test_check_of_the_control_socket(company_ldif, new_folder):
    folder = new_folder("command")
    daemon = rollcalld.Rollcalld(folder, rollcalld.from_ldif(company_ldif)).start()
    try:
        assert ("good", "state file %s/state.db: user root can write it" % folder) in findings(daemon.config)
        said = findings(daemon.config)[-1]
        assert said[0] == "good" and said[1].startswith("control socket %s: rollcalld " % daemon.control), said
        assert said[1].endswith(" answers")
        os.chmod(folder, 0o777)
        assert findings(daemon.config)[-1] == ("bad", "control socket %s: %s: mode 0777: others may write there" % (
            daemon.control, folder))
        os.chmod(folder, 0o700)
        shutil.chown(folder, "nobody")
        assert findings(daemon.config)[-1] == ("bad", "control socket %s: %s: does not belong to root" % (
            daemon.control, folder))
        shutil.chown(folder, "root")
        daemon.configure(mode="sideways")
        assert command("--config", daemon.config, "reload", status=None).returncode != 0
        daemon.configure(mode=None)
        shown = command("--config", daemon.config, "check", "--no-mta", status=1).stdout
        assert "\nbad   the daemon has not taken over its configuration: " in shown
    finally:
        daemon.stop()


@pytest.mark.parametrize("change,word,text", [
    ({"user": "no-such-user"}, "bad", "user no-such-user is unknown: rollcalld does not start"),
    ({"socket-group": "no-such-group"}, "bad", "control socket {socket}: socket-group no-such-group is unknown"),
    ({"socket": "/run/" + 120 * "x"}, "bad", "control socket {socket}: the path is too long for a socket"),
    ({"socket": "/no/such/folder"}, "bad", "control socket {socket}: /no/such: No such file or directory"),
    ({"socket": ""}, "note", "control socket is empty: rollcall status, reload and approve cannot ask the daemon"),
])
def test_check_of_a_control_socket_that_cannot_be(company_ldif, new_folder, change, word, text):
    folder = new_folder("command")
    config = at_home(folder, rollcalld.from_ldif(company_ldif), **change)
    assert findings(config)[-1] == (word, text.format(socket=change.get("socket", folder + "/control.sock")))


@pytest.mark.parametrize("way", ["ldaps", "starttls", "sealed", "srv", "password"])
def test_ways_to_a_controller(controller, new_folder, way):
    change = {
        "ldaps": {},
        "starttls": {"uri": "ldap://dc1.example.test"},
        "sealed": {"uri": "ldap://dc1.example.test", "tls": "none", "tls-ca-file": None},
        "srv": {"uri": "srv:example.test"},
        "password": {"bind": "simple", "bind-dn": "milter@example.test", "keytab": None,
                     "password-file": controller.password_file},
    }[way]
    config = at_home(new_folder("command"), rollcalld.from_controller(controller, **change))
    done = command("--config", config, "members", address("sales"), "--format", "addresses", controller=controller)
    assert done.stdout.splitlines() == company.expected()["sales"]
    checked = command("--config", config, "check", controller=controller, status=None).stdout
    assert not any(line.startswith("bad") and "cn=" not in line.lower() for line in checked.splitlines()), checked


ROW = {"id": 10, "serviceArea": "Exchange", "urls": ["*.mail.protection.outlook.com"], "tcpPorts": "25",
       "ips": ["192.0.2.0/24", "2001:db8::/32"]}


@pytest.mark.parametrize("secret,mode,rows,says", [
    ("0123456789abcdef", 0o600, [ROW], ["good  origin: published addresses: ", "2 networks",
                                        "the secret of header X-Example-Relay"]),
    ("0123456789abcdef", 0o600, [], ["bad   origin: "]),
    ("0123456789abcdef", 0o644, [ROW], ["bad   origin: "]),
    ("short", 0o600, [ROW], ["bad   origin: "]),
])
def test_check_of_the_origin(company_ldif, new_folder, secret, mode, rows, says):
    folder = new_folder("command")
    for name, text in (("secret", secret + "\n"), ("endpoints", json.dumps(rows))):
        with open(os.path.join(folder, name), "w", encoding="ascii") as out:
            out.write(text)
    os.chmod(folder + "/secret", mode)
    config = rollcalld.write_config(folder + "/rollcall.conf", {"domains": "example.test"},
                                    rollcalld.from_ldif(company_ldif), sections={"origin": {
                                        "exchange-online": "either", "tenant-header": "X-Example-Relay",
                                        "tenant-secret-file": folder + "/secret",
                                        "endpoints-file": folder + "/endpoints"}})
    shown = command("--config", config, "check", "--no-mta", status=None).stdout
    for text in says:
        assert text in shown, shown
    assert secret not in shown
    assert "Postfix" not in shown


def test_global_catalogue(controller, new_folder):
    """A catalogue holds a part of the attributes only: managedBy is not among them (MS-ADA2), so that what a group asks
    cannot be known there, and a filter on another such attribute would select nobody."""
    config = rollcalld.write_config(new_folder("command") + "/rollcall.conf", {"domains": "example.test"},
                                    rollcalld.from_controller(controller, uri="ldaps://dc1.example.test:3269"))
    done = command("--config", config, "members", address("lyon"), controller=controller, status=75)
    assert done.stdout == "" and "managedBy, which a global catalogue does not hold" in done.stderr
    checked = command("--config", config, "check", controller=controller, status=1).stdout
    assert any(line.startswith("bad") and "managedBy" in line for line in checked.splitlines()), checked


def test_external_over_a_local_socket(slapd, new_folder):
    config = rollcalld.write_config(new_folder("command") + "/rollcall.conf", {"domains": "example.test"},
                                    {"source": "ldap", "uri": slapd.ldapi_uri, "base": ldif.BASE, "bind": "external"})
    done = command("--config", config, "members", address("sales"), "--format", "addresses")
    assert done.stdout.splitlines() == company.expected()["sales"]


def test_schema_choices(slapd, new_folder):
    """slapd read with its own schema, with the built-in table of RFC rules, and as if it were a domain controller."""
    for schema in ("auto", "rfc", "ad"):
        config = rollcalld.write_config(new_folder("command") + "/rollcall.conf", {"domains": "example.test"},
                                        rollcalld.from_slapd(slapd, schema=schema))
        done = command("--config", config, "members", address("berlin"), "--format", "addresses")
        assert done.stdout.splitlines() == company.expected()["berlin"], schema
