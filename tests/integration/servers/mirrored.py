# SPDX-License-Identifier: BSD-2-Clause
"""mirrored.py - a rollcalld that keeps a mirror: its settings, its state, and whether what it says is right"""
import json
import os

from . import rollcalld
from .process import Failure, wait_for

# Everything quicker than one would have it.
QUICK = {"retry-interval": "1 s", "poll-interval": "500 ms"}


def settings(directory, folder, **more):
    """[directory] with a mirror, stored in the folder."""
    kept = {name: value for name, value in directory.items() if name != "cache-time"}
    return {**kept, **QUICK, "mirror": "yes", "mirror-file": os.path.join(folder, "mirror.db"), **more}


def ask(daemon, action, status=None):
    """What `rollcall mirror ACTION --json` says."""
    done = rollcalld.command("mirror", action, "--json", "--config", daemon.config, status=status)
    if not done.stdout:
        raise Failure("rollcall mirror %s: status %d: %s" % (action, done.returncode, done.stderr))
    return json.loads(done.stdout)


def state(daemon):
    return ask(daemon, "status")["state"]


def wait_current(daemon, seconds=30.0):
    wait_for(lambda: state(daemon) == "current", lambda: "a current mirror: %s\n%s" % (
        ask(daemon, "status"), daemon.log()[-3000:]), seconds, 0.05)


def differences(daemon):
    """Of every group's roster from its live one, as text; an empty list. A server that is just coming back may need more than
    one try."""
    def compared():
        try:
            return ask(daemon, "verify")
        except Failure:
            return None

    answer = wait_for(compared, lambda: "a comparison:\n" + daemon.log()[-3000:], 60, 0.5)
    if not answer["groups"]:
        return ["no group was compared"]
    return [json.dumps(one) for one in answer["differences"]]


def assert_right(daemon):
    found = differences(daemon)
    assert not found, "%s\n%s" % ("\n".join(found), daemon.log()[-3000:])


def roster(driver, group):
    """What a message to the group would do: a frozenset of addresses, or the reply that puts it off or refuses it."""
    outcome = driver.message(group)
    reply = outcome.recipients[0]
    if outcome.final is None:
        return reply.fields[0] if reply.fields else reply.name
    added = [edit.fields[0].strip("<>") for edit in outcome.edits if edit.name.startswith("addrcpt")]
    kept = not any(edit.name == "delrcpt" for edit in outcome.edits)
    if len(set(added)) != len(added):
        raise Failure("%s: an address twice: %s" % (group, sorted(added)))
    return frozenset(added) | ({group} if kept else set())


def is_roster(got, wanted):
    """Nobody gets a message to a group of nobody: it is put off or refused."""
    return got == wanted or (not wanted and not isinstance(got, frozenset))


def wait_roster(driver, group, wanted, daemon, seconds=20.0):
    """Until mail to the group goes to these and no others, and it was the mirror that said so."""
    def is_there():
        return is_roster(roster(driver, group), wanted) and (not wanted or " via=mirror " in daemon.grep("expanded: ")[-1])

    wait_for(is_there, lambda: "the roster of %s: %s\n%s" % (group, unlike(roster(driver, group), wanted),
                                                             daemon.log()[-3000:]), seconds, 0.05)


def unlike(got, wanted):
    if not isinstance(got, frozenset):
        return got
    return "%d missing %s, %d too many %s" % (len(wanted - got), sorted(wanted - got)[:3], len(got - wanted),
                                              sorted(got - wanted)[:3])
