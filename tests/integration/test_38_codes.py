"""Codes of the catalogue, found by words: by the question `codes` and by `needs catalogue find`."""
import os
import re
import subprocess

import pytest

from daemon import build_dir
from door import Fault
from samples import DATA, good

NEEDS = build_dir() / "clients" / "needs" / "needs"


@pytest.fixture
def codes(needsd):
    door = needsd.door()
    return lambda **more: door.ask("codes", authority="888", **more)


@pytest.fixture
def find(needsd, tmp_path):
    env = {k: v for k, v in os.environ.items() if not k.startswith("NEEDS_")}
    env |= {"HOME": str(tmp_path), "NEEDS_SERVER": needsd.endpoint, "NEEDS_AUTHORITY": "888"}

    def run(*args, status=0):
        done = subprocess.run([NEEDS, "catalogue", "find", *args], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        assert done.returncode == status, (args, done)
        return done.stdout + done.stderr

    return run


def pairs(answer):
    return [(c["kind"], c["code"]) for c in answer["codes"]]


def test_codes_all_words_wherever_they_stand_the_best_first(codes):
    found = codes(words="  children SAFE ")
    assert pairs(found)[0] == ("competence", "STL3") and found["found"] == len(found["codes"]) > 4
    assert found["codes"][0] == {"kind": "competence", "code": "STL3", "words": "Help to keep children safe", "key": "STL@2007/STL3"}
    assert {"framework": "STL@2007", "levels": ["none", "aware", "with support", "alone", "can teach others"]} in found["frameworks"]
    for code in found["codes"]:  # no word is lost
        assert re.search("safe", code["words"] + code["code"], re.I) and re.search("child", code["words"], re.I), code
    whole = [bool(re.search(r"\bsafe\b", c["words"], re.I) and re.search(r"\bchildren\b", c["words"], re.I)) for c in found["codes"]]
    assert whole[:3] == [True, False, False] or whole == sorted(whole, reverse=True)  # whole words before parts of words


def test_codes_a_code_itself_comes_first(codes):
    assert pairs(codes(words="stl3"))[:2] == [("competence", "STL3"), ("unit", "STL3")]
    assert pairs(codes(words="STL@2007/STL3"))[0] == ("competence", "STL3")
    assert pairs(codes(words="tda 2.1"))[0] == ("unit", "TDA 2.1")


def test_codes_a_job_title_leads_to_its_role(codes):
    assert codes(words="dinner lady")["codes"] == [{"kind": "title", "code": "MIDA", "words": "Dinner Lady"}]
    assert codes(words="dinner lady")["frameworks"] == []


def test_codes_of_each_kind_are_those_that_events_may_name(codes, needsd):
    described = needsd.door().ask("catalogue", authority="888")
    for kind in ("check", "barrier", "payer", "impact"):
        assert [(c["code"], c["words"]) for c in codes(kind=kind)["codes"]] == [(c["code"], c["words"]) for c in described["codes"][kind]]
    rows = {f["file"]: f["rows"] for f in described["files"]}
    every = codes()
    assert len(every["codes"]) == 1000 < every["found"]
    assert sum(codes(kind=kind)["found"] for kind in every["kinds"]) == every["found"]
    for kind, file in (("competence", "competences.csv"), ("role", "roles.csv"), ("unit", "units.csv"), ("qualification", "qualifications.csv"),
                       ("course", "courses.csv"), ("informal", "informal.csv"), ("evidence", "evidence.csv"), ("development", "kinds.csv")):
        answer = codes(kind=kind)
        assert answer["found"] == rows[file] and {k for k, _ in pairs(answer)} == {kind}, kind


def subject_and_level(code):
    return dict(zip(("subject", "level"), (code.split("@")[0], int(code.split("@")[1])), strict=True))


# Every place of an event that takes a code of the catalogue: the kind of `codes`, the type, and how the code stands in its data.
PLACES = {
    "competence": ("assessment.recorded", lambda c: {"ratings": [{"competence": c, "level": 0}]}),
    "role": ("person.recorded", lambda c: {"roles": [{"role": c, "from": "2026-01-05"}]}),
    "contract": ("person.recorded", lambda c: {"roles": [{"role": "TASS", "from": "2026-01-05", "contract": c}]}),
    "unit": ("achievement.recorded", lambda c: {"unit": c}),
    "qualification": ("person.recorded", lambda c: {"holds": [{"qualification": c, "date": "2020-01-01"}]}),
    "class": ("person.recorded", lambda c: {"holds": [{**subject_and_level(c), "date": "2020-01-01"}]}),
    "evidence": ("assessment.recorded", lambda c: {"evidence": c}),
    "family": ("school.recorded", lambda c: {"roster": {c: 1}, "cover": {c: {"rate": 1, "available": True}},
                                             "training_plan": {"date": "2026-01-05", "families": [c]}}),
    "phase": ("school.recorded", lambda c: {"phase": c}),
    "priority": ("priority.recorded", lambda c: {"priority": c}),
    "fund": ("provision.recorded", lambda c: {"fund": c}),
    "barrier": ("response.recorded", lambda c: {"barrier": c}),
    "impact": ("response.recorded", lambda c: {"impact": [c]}),
    "check": ("agreement.recorded", lambda c: {"terms": [{"check": c, "status": "met"}]}),
    "payer": ("agreement.recorded", lambda c: {"terms": [{"check": "release", "status": "met", "payer": c}]}),
}


@pytest.mark.parametrize("kind", sorted(PLACES))
@pytest.mark.slow
def test_codes_are_taken_where_events_take_them(codes, needsd, kind):
    what, place = PLACES[kind]
    found = codes(kind=kind)["codes"][:150]
    events = [good(what, f"c-{i}", data={**DATA[what], **place(c["code"])}) for i, c in enumerate(found)]
    for e in events:
        e["data"].pop("qualification" if kind == "unit" else "-", None)
    results = needsd.door().request("check", events)["results"]
    assert found and [(c["code"], r["errors"]) for c, r in zip(found, results, strict=True) if r["status"] != "accepted"] == []


def test_codes_lead_to_every_development(codes, needsd):
    """Units, courses, qualifications and forms say theirs in full; of the others the kind says what follows the point."""
    whole = [c["development"] for kind in ("unit", "qualification", "course", "informal") for c in codes(kind=kind)["codes"]]
    of = {c["code"]: c["of"] for c in codes(kind="development")["codes"]}
    assert of["unit"] == "unit" and of["shadowing"] == "competence" and {d.split(".")[0] for d in whole} <= set(of)
    keys = [k["code"].replace("@", ".").replace("/", ".") for k in codes(kind="competence")["codes"]]
    whole += [f"{kind}.{k}" for kind, what in of.items() if what == "competence" for k in (keys[0], keys[-1])]
    events = [good("response.recorded", f"d-{i}", data={**DATA["response.recorded"], "recommendation": d}) for i, d in enumerate(whole)]
    results = [r for i in range(0, len(events), 500) for r in needsd.door().request("check", events[i:i + 500])["results"]]
    assert [(d, r["errors"]) for d, r in zip(whole, results, strict=True) if r["status"] != "accepted"] == []
    assert len(whole) > 100


@pytest.mark.parametrize("more,code,pointer", [
    ({"kind": "chek"}, "unknown-code", "/kind"), ({"words": ""}, "out-of-range", "/words"), ({"words": "x" * 201}, "out-of-range", "/words"),
    ({"school": "8889901"}, "unknown-member", "/school"),
])
def test_codes_faults(codes, more, code, pointer):
    with pytest.raises(Fault) as fault:
        codes(**more)
    assert [(e["code"], e["pointer"]) for e in fault.value.errors] == [(code, pointer)]


def test_codes_find_prints_a_table_and_the_levels(find):
    said = find("keep", "children", "safe")
    assert re.match(r"  code +kind +means\n  STL3 +competence +Help to keep children safe \[STL@2007/STL3\]\n", said), said
    assert "\n  Levels of STL@2007: 0 none, 1 aware, 2 with support, 3 alone, 4 can teach others\n" in said
    assert "Levels" not in find("release", "--kind", "check") and find("release", "--kind", "check").splitlines()[1].split(None, 2) == [
        "release", "check", "Time off the normal work is agreed"]


def test_codes_find_shows_the_best_and_says_what_is_left(find):
    said = find("support")
    assert len(said.split("\n\n")[0].splitlines()) == 26
    left = int(re.search(r"^  (\d+) more: write more words, say of which kind it is with --kind, or see them with --all\.$", said, re.M)[1])
    assert len(find("support", "--all").split("\n\n")[0].splitlines()) == 26 + left
    assert '"found":' in find("support", "--json")


def test_codes_find_says_what_would_be_right(find):
    assert "has no entry that matches all these words; try fewer words" in find("zzz", "children", status=1)
    assert "kind is competence, role, title" in find("--kind", "chek", status=1)


def test_codes_whoever_names_one_that_there_is_not_is_told_where_they_are(needsd, find, tmp_path):
    env = {k: v for k, v in os.environ.items() if not k.startswith("NEEDS_")}
    env |= {"HOME": str(tmp_path), "NEEDS_SERVER": needsd.endpoint, "NEEDS_AUTHORITY": "888", "NEEDS_SCHOOL": "8889901"}
    hint = "needs catalogue find WORD... searches for codes.\n"

    def run(*args):
        done = subprocess.run([NEEDS, *args], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1, done
        return done.stderr

    file = tmp_path / "reviews.csv"
    for competence, told in (("QQQ.1", True), ("STL3", False)):
        file.write_text(f"person,date,competence,level,evidence\np-1,2026-09-01,{competence},{2 if told else 9},self\n")
        assert (hint in run("push", file)) == told
    assert run("agree", "p-1", "coaching.STL3", "--term", "release=met", "--success", "STL999=3,2027-07-21", "--ahead").endswith(hint)
    assert hint not in run("agree", "p-1", "coaching.STL3", "--term", "relase=met", "--ahead")  # the few that there are were listed


def test_find_of_what_is_not_there_leads_on_by_how_it_begins(find):
    for word, part, code in (("mathemagics", "mathema", "X.MATH"), ("hygene", "hyg", "X.FOOD"), ("food hygene", "foo hyg", "X.FOOD")):
        out = find(*word.split(), status=1)
        assert "no entry that matches all these words" in out and f"\nWith '{part}':\n" in out and code in out, out
    assert "With '" not in find("zzzzzz", status=1) and "With '" not in find("qq", status=1)
    assert "With '" not in find("hygene", "--json", status=1)
    assert "With '" not in find("mathé\u0301matics-éé", "--kind", "barrier", status=1)  # letters of several bytes are cut whole
