# SPDX-License-Identifier: BSD-2-Clause
"""Random entries, random filters: the image, the live search and the server itself select the same entries

ROLLCALL_SEED picks another run than the usual one; a failure names the seed and the smallest filter that differs.
"""
import concurrent.futures
import os
import random
import re

import ldap
import pytest

from servers import filters, ldif, rollcalld

SEED = int(os.environ.get("ROLLCALL_SEED", "20261121"))
FILTERS = int(os.environ.get("ROLLCALL_FILTERS", "400"))
ENTRIES = 60


class Case:
    """One server with its entries, an export of it as a file, and the two configurations that read them."""

    def __init__(self, server, folder, rules, live):
        self.connection = server.connect()
        self.controller = getattr(server, "inside", None) and server
        export = folder + "/export.ldif"
        found = [(dn, attributes) for dn, attributes in self.search("(objectClass=*)", ["*", "memberOf"])]
        with open(export, "w", encoding="utf-8") as out:
            out.write(ldif.text(found))
        milter = {"domains": "example.test"}
        self.image = rollcalld.write_config(folder + "/image.conf", milter, rollcalld.from_ldif(export, rules=rules))
        self.live = rollcalld.write_config(folder + "/live.conf", milter, live)

    def search(self, text, attributes):
        found = self.connection.search_s(filters.ROOT, ldap.SCOPE_SUBTREE, text, attributes)
        return [(dn, values) for dn, values in found if dn is not None]

    def server_says(self, text):
        return sorted(key(dn) for dn, _ in self.search(text, ["1.1"]))

    def we_say(self, config, text):
        shown = rollcalld.command("--config", config, "match", text, "--base", filters.ROOT, "--format", "dn",
                                  controller=self.controller if config == self.live else None)
        return sorted(key(dn) for dn in shown.stdout.splitlines())


def key(dn):
    return re.sub(r"\s*,\s*", ",", dn.lower())


def parts(text):
    """The filters directly inside a composite one."""
    depth, start, found = 0, 0, []
    for position, letter in enumerate(text[1:-1], 1):
        if letter == "(":
            depth += 1
            start = position if depth == 1 else start
        elif letter == ")":
            depth -= 1
            if depth == 0:
                found.append(text[start:position + 1])
    return found if text[1] in "&|!" else []


def smallest(text, differs):
    """The innermost filter inside `text` that differs by itself."""
    for part in parts(text):
        if differs(part):
            return smallest(part, differs)
    return text


def compare(case, generator, config, count):
    texts = [generator.filter() for _ in range(count)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        ours = list(pool.map(lambda text: case.we_say(config, text), texts))

    def differs(text):
        return case.server_says(text) != case.we_say(config, text)

    wrong = [text for text, mine in zip(texts, ours) if case.server_says(text) != mine]
    if wrong:
        culprits = sorted({smallest(text, differs) for text in wrong[:10]})
        pytest.fail("seed %d: %d of %d filters differ:\n%s" % (SEED, len(wrong), count, "\n".join(
            "%s\n  server: %s\n  rollcall: %s" % (text, case.server_says(text), case.we_say(config, text))
            for text in culprits)))
    assert len({tuple(mine) for mine in ours}) > count / 10, "the filters select too little to prove anything"


@pytest.fixture(scope="module")
def slapd_case(new_folder):
    from servers import slapd
    known = list(filters.entries(random.Random(SEED), ENTRIES))
    spelled = [(dn, {**attributes, "objectClass": ldif.CLASSES[attributes["objectClass"][0]]})
               for dn, attributes in known]
    server = slapd.Slapd(new_folder("slapd"), spelled).start()
    yield Case(server, new_folder("case"), "rfc", rollcalld.from_slapd(server)), known
    server.stop()


@pytest.fixture(scope="module")
def controller_case(controller, new_folder):
    known = list(filters.entries(random.Random(SEED), ENTRIES))
    controller.add(known)
    live = rollcalld.from_controller(controller, schema="ad")  # reading the schema costs most of a second each time
    yield Case(controller, new_folder("case"), "ad", live), known


def test_image_and_slapd(slapd_case):
    case, known = slapd_case
    compare(case, filters.Generator(random.Random(SEED), known, ad=False), case.image, FILTERS)


def test_live_and_slapd(slapd_case):
    case, known = slapd_case
    compare(case, filters.Generator(random.Random(SEED + 1), known, ad=False), case.live, FILTERS // 2)


def test_image_and_controller(controller_case):
    case, known = controller_case
    compare(case, filters.Generator(random.Random(SEED + 2), known, ad=True), case.image, FILTERS)


def test_live_and_controller(controller_case):
    case, known = controller_case
    compare(case, filters.Generator(random.Random(SEED + 3), known, ad=True), case.live, FILTERS // 4)
