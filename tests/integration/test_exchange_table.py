# SPDX-License-Identifier: BSD-2-Clause
"""The guide's table of rules and the tests of the rules speak of the same: no row without a test, no test without a
row"""
import ast
import glob
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
GUIDE = os.path.join(HERE, "..", "..", "doc", "guide.md")
TITLE = "How Exchange does it, and what rollcall does"
HEAD = ["rule", "Exchange", "rollcall", "test", "difference, and why"]


def rows():
    """The cells of every row of the section's tables."""
    with open(GUIDE, encoding="utf-8") as guide:
        section = re.search(r"(?ms)^## \d+\. %s$(.*?)^## " % TITLE, guide.read()).group(1)
    for line in section.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
        if line.startswith("|") and not set("".join(cells)) <= set("-"):
            yield cells


def written():
    """Name -> file."""
    found = {}
    for path in glob.glob(os.path.join(HERE, "test_exchange_*.py")):
        if path != os.path.abspath(__file__):
            with open(path, encoding="utf-8") as source:
                names = [node.name for node in ast.parse(source.read()).body if isinstance(node, ast.FunctionDef)]
            for name in filter(lambda name: name.startswith("test_"), names):
                assert name not in found, name
                found[name] = path
    return found


def test_every_row_is_whole():
    table = list(rows())
    assert len(table) > 80
    for cells in table:
        assert len(cells) == len(HEAD), cells
        assert cells == HEAD or (cells[0] and cells[2] and re.fullmatch(r"`test_\w+`", cells[3])), cells
        assert cells[1] or cells[4], "nothing of Exchange, and no reason: %s" % cells


def test_table_and_tests_agree():
    named = {cells[3].strip("`") for cells in rows() if cells != HEAD}
    assert named == set(written())
