"""docs/rules.md teaches by rules that serve: what it prints stands in rules/examples/888, and what `needs` says of it is what it says."""
import os
import re
import shutil
import subprocess

import pytest

from daemon import ROOT, Daemon, build_dir
from documents import fenced
from door import post, rated

PAGE, EXAMPLE = ROOT / "docs" / "rules.md", ROOT / "rules" / "examples" / "888"
RULES, CATALOGUE = EXAMPLE / "rules", EXAMPLE / "catalogue"
NEEDS, NEEDSD = build_dir() / "clients" / "needs" / "needs", build_dir() / "daemon" / "needsd"
ENV = {**{k: v for k, v in os.environ.items() if not k.startswith("NEEDS_")}, "NEEDS_AUTHORITY": "888", "NEEDS_SCHOOL": "8889901", "COLUMNS": "100",
       "NEEDS_SHARE": str(ROOT / "rules"), "NEEDS_WORKER": str(build_dir() / "daemon" / "needs-rules"), "PATH": f"{NEEDSD.parent}:{os.environ['PATH']}"}
MOVES = ("CATR", "X.ALLG", 2), ("RECP", "X.CUST", 2), ("MIDA", "X.DEES", 1), ("CTKR", "X.MAIN", 1), ("TASS", "STL1", 2)


def needs(*args, **env):
    return subprocess.run([str(a) for a in (NEEDS, *args)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, env={**ENV, **env})


def shown(kind):
    """(file, text, line) of the blocks that are marked as this kind, from a file."""
    return [(info.split()[1], text, line) for info, text, line in fenced(PAGE) if re.fullmatch(rf"{kind} \S+", info)]


def lines(text):
    return {line.strip() for line in text.splitlines() if line.strip()}


def test_guide_prints_what_the_files_say():
    blocks = shown("csv") + shown("lua")
    for name, text, line in blocks:
        held = lines((RULES / name).read_text())
        assert lines(text) <= held, f"docs/rules.md:{line}: not in {name}: {lines(text) - held}"
    printed = {name: set() for name, _, _ in blocks}
    for name, text, _ in blocks:
        printed[name] |= lines(text)
    files = {str(path.relative_to(RULES)) for path in RULES.rglob("*") if path.is_file()}
    assert files == set(printed), "every file of the example is shown, and no other"
    for name in files - {name for name in files if name.startswith("tests/")}:
        assert lines((RULES / name).read_text()) == printed[name], f"{name} is shown whole"


@pytest.mark.slow
def test_guide_example_is_clean_and_tested():
    done = needs("rules", "check", RULES, "--catalogue", CATALOGUE)
    assert done.returncode == 0 and "0 faults, 0 warnings" in done.stdout, done.stdout + done.stderr
    done = needs("rules", "test", RULES, "--catalogue", CATALOGUE, "--strict")
    assert done.returncode == 0 and "6 of 6 rules" in done.stdout, done.stdout + done.stderr


@pytest.fixture(scope="module")
def door():
    """People whom the six rules refuse, for one reason each; p-7 is a colleague who could be a mentor at lunch time."""
    with Daemon(authorities={"888": {"rules": RULES, "catalogue": CATALOGUE}}) as daemon:
        door = daemon.door()
        door.day("2026-10-01")
        events = [post("p-7", "MIDS", data={"helps": [{"as": "mentor", "for": ["X.DEES"], "capacity": 1, "from": "2026-01-01", "consent": True}]}),
                  rated("p-7", {"X.DEES": 4})]
        for n, (role, competence, level) in enumerate(MOVES, 1):
            events += [post(f"p-{n}", role), rated(f"p-{n}", {competence: level})]
        door.settle(door.push_good(events))
        yield daemon.endpoint


def said(command, endpoint):
    done = needs(*command.split()[1:], NEEDS_SERVER=endpoint)
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


def test_guide_says_what_explain_says(door):
    blocks = [text for info, text, _ in fenced(PAGE) if info == "text explain"]
    assert len(blocks) == 6
    for text in blocks:
        command, answer = text.split("\n", 1)
        assert command.startswith("$ needs explain")
        for piece in re.split(r"\n\.\.\.\n|\n\n", answer):
            assert " ".join(piece.split()) in said(command.removeprefix("$ "), door), text


def ours(tmp_path, name, old, new):
    """The example as its author changed one file."""
    copy = tmp_path / "ours"
    if not copy.exists():
        shutil.copytree(EXAMPLE, copy)
    text = (copy / name).read_text()
    assert text.count(old) == 1
    (copy / name).write_text(text.replace(old, new))
    return needs("rules", "check" if "nobdy" in new else "test", copy / "rules", "--catalogue", copy / "catalogue")


def test_guide_round_is_what_comes(tmp_path):
    """The row that is changed, what the test says of it, and the change of the test; and a slip that check finds."""
    said_by_check, said_by_test = [text for info, text, _ in fenced(PAGE) if info == "text"][:2]
    done = ours(tmp_path, "rules/rules.csv", ",gap,role,1,", ",gap,role,2,")
    assert done.returncode == 1 and said_by_test in done.stdout, done.stdout
    done = ours(tmp_path, "rules/tests/rules.csv", "few hours: two levels away,RECP,X.CUST current=1 required=3,15,,,,,few-hours-module,more than one level",
                "few hours: two levels away,RECP,X.CUST current=1 required=4,15,,,,,few-hours-module,more than two levels")
    assert done.returncode == 0, done.stdout
    done = ours(tmp_path, "rules/rules.csv", "15,yes,nobody,e-learning", "15,yes,nobdy,e-learning")
    assert done.returncode == 1 and said_by_check in done.stdout + done.stderr, done.stdout + done.stderr
