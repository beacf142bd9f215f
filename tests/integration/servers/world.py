# SPDX-License-Identifier: BSD-2-Clause
"""world.py - a directory that changes, and what each of its groups must expand to after every change

People in units, dynamic groups by team, static ones by name, one with groups in it. Each change is made on the server
and in the model beside it; what a group expands to follows from the model, not from a filter.

Owns:     one connection for the changes, and the history of all rosters.
Promises: a roster in the history was true from before its change was sent until after the next was answered.
Threads:  one changes; the history is read by any.
"""
import bisect
import itertools
import threading
import time

import ldap
import ldap.modlist

from . import company, ldif
from .slapd import octets

TOP = "OU=World," + ldif.BASE
TEAMS, CLUBS, UNITS = 8, 4, 4


def team(number):
    return "team%d" % number


def club(number):
    return "club%d" % number


class Person:
    def __init__(self, number, unit, team):
        self.name, self.unit, self.team = "Human %05d" % number, unit, team
        self.address = company.address("h%05d" % number)

    def attributes(self):
        return {"objectClass": ["user"], "displayName": [self.name], "mailNickname": [self.address.split("@")[0]],
                "mail": [self.address], "proxyAddresses": ["SMTP:" + self.address],
                "department": ["Team %d" % self.team], "sAMAccountName": ["s-" + self.address.split("@")[0]]}


class World:
    """`links`: whether values that are DNs follow renames, as in AD, or stay as they were written."""

    def __init__(self, people=200, links=False):
        self.links = links
        self.numbers = itertools.count(1)
        self.units = ["Unit %d" % number for number in range(UNITS)]
        self.people = [self._new(number) for number in range(people)]
        self.clubs = [[self._member(one) for one in self.people[number::10]] for number in range(CLUBS)]
        self.server = self.connection = None
        self.lock = threading.Lock()
        self.history = {address: ([0.0], [roster]) for address, roster in self.rosters().items()}

    def _new(self, index):
        number = next(self.numbers)
        return Person(number, index % UNITS, index % TEAMS)

    # ---- names ----

    def unit_dn(self, unit):
        return "OU=%s,%s" % (self.units[unit], TOP)

    def dn(self, person):
        return "CN=%s,%s" % (person.name, self.unit_dn(person.unit))

    def _member(self, person):
        """What a group has of a member: itself, or its name of now."""
        return person if self.links else self.dn(person)

    def entries(self):
        """All of it, for loading."""
        yield TOP, {"objectClass": ["organizationalUnit"]}
        yield from ((self.unit_dn(unit), {"objectClass": ["organizationalUnit"]}) for unit in range(UNITS))
        yield from ((self.dn(person), person.attributes()) for person in self.people)
        for number in range(TEAMS):
            yield self._group(company.dynamic(team(number), "(&(objectClass=user)(mail=*)(department=Team %d))" % number,
                                              base=TOP))
        yield self._group(company.dynamic("others", "(&(objectClass=user)(mail=*)(!(department=Team 0)))", base=TOP))
        for number in range(CLUBS):
            members = [self.dn(one) if self.links else one for one in self.clubs[number]]
            yield self._group(company.group(club(number), *members))
        yield self._group(company.group("union", *(self.group_dn(name) for name in (team(1), team(2), club(0)))))

    @staticmethod
    def group_dn(name):
        return "CN=%s,%s" % (name, TOP)

    def _group(self, entry):
        dn, attributes = entry
        return self.group_dn(dn.split(",")[0][3:]), attributes

    # ---- what must come out ----

    def rosters(self):
        """Address -> frozenset of addresses, as the directory stands."""
        teams = [set() for _ in range(TEAMS)]
        for person in self.people:
            teams[person.team].add(person.address)
        found = {team(number): frozenset(members) for number, members in enumerate(teams)}
        found["others"] = frozenset().union(*teams[1:])
        present = {self._member(person): person for person in self.people}
        for number in range(CLUBS):
            found[club(number)] = frozenset(present[one].address for one in self.clubs[number] if one in present)
        found["union"] = found[team(1)] | found[team(2)] | found[club(0)]
        return {company.address(name): roster for name, roster in found.items()}

    def true_between(self, address, since, until):
        """The rosters of a group that were true at some moment of that time."""
        with self.lock:
            times, rosters = self.history[address]
            first = max(0, bisect.bisect_right(times, since) - 1)
            # the change before may still have been under way
            return set(rosters[max(0, first - 1):bisect.bisect_right(times, until)])

    # ---- changes ----

    def connect(self, server):
        self.server, self.connection = server, server.connect()

    def close(self):
        self.connection.unbind_s()

    def _modify(self, dn, operation, **attributes):
        self.connection.modify_s(dn, [(operation, name, values) for name, values in octets(attributes).items()])

    def _record(self, began):
        with self.lock:
            for address, roster in self.rosters().items():
                times, rosters = self.history[address]
                if rosters[-1] != roster:
                    times.append(began)
                    rosters.append(roster)

    def change(self, kind, random):
        """One change of that kind, answered by the server."""
        began = time.monotonic()
        getattr(self, "_" + kind)(random)
        self._record(began)

    def create(self, _random=None):
        person = self._new(next(self.numbers))
        entry, = (ldif.for_ad if self.links else ldif.for_slapd)([(self.dn(person), person.attributes())])
        self.connection.add_s(entry[0], ldap.modlist.addModlist(octets(entry[1])))
        self.people.append(person)

    _create = create

    def _delete(self, random):
        person = self.people.pop(random.randrange(len(self.people)))
        self.connection.delete_s(self.dn(person))
        if self.links:
            self.clubs = [[one for one in members if one is not person] for members in self.clubs]

    def _modify_team(self, random):
        person = random.choice(self.people)
        person.team = random.randrange(TEAMS)
        self._modify(self.dn(person), ldap.MOD_REPLACE, department=["Team %d" % person.team])

    def _readdress(self, random):
        person = random.choice(self.people)
        person.address = company.address("r%05d" % next(self.numbers))
        self._modify(self.dn(person), ldap.MOD_REPLACE, mail=[person.address], proxyAddresses=["SMTP:" + person.address])

    def _rename(self, random):
        person = random.choice(self.people)
        dn, name = self.dn(person), "Human %05d" % next(self.numbers)
        self.connection.rename_s(dn, "CN=" + name)
        person.name = name

    def _move(self, random):
        person = random.choice(self.people)
        dn, unit = self.dn(person), (person.unit + 1) % UNITS
        self.connection.rename_s(dn, "CN=" + person.name, self.unit_dn(unit))
        person.unit = unit

    def _rename_unit(self, random):
        unit = random.randrange(UNITS)
        dn, name = self.unit_dn(unit), "Unit %d.%d" % (unit, next(self.numbers))
        self.connection.rename_s(dn, "OU=" + name)
        self.units[unit] = name

    def _join(self, random):
        number, person = random.randrange(CLUBS), random.choice(self.people)
        if self._member(person) in self.clubs[number]:
            return
        self._modify(self.group_dn(club(number)), ldap.MOD_ADD, member=[self.dn(person)])
        self.clubs[number].append(self._member(person))

    def _leave(self, random):
        number = random.randrange(CLUBS)
        if len(self.clubs[number]) < 5:
            self._join(random)
            return
        member = self.clubs[number].pop(random.randrange(len(self.clubs[number])))
        self._modify(self.group_dn(club(number)), ldap.MOD_DELETE, member=[self.dn(member) if self.links else member])

    # How often each, of all changes; people come as often as they go.
    KINDS = {"modify_team": 30, "readdress": 10, "create": 10, "delete": 10, "rename": 10, "move": 8, "join": 11,
             "leave": 10, "rename_unit": 1}

    def step(self, random):
        kind = random.choices(list(self.KINDS), list(self.KINDS.values()))[0]
        self.change(kind, random)
        return kind
