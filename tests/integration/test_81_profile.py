"""What a role or a duty asks for, and the training that leads there: the question `profile`, `needs catalogue role` and `duty`."""
import csv
import json
import os
import pathlib
import subprocess

import pytest

from daemon import build_dir
from door import Fault, event, post, rated

NEEDS = build_dir() / "clients" / "needs" / "needs"
TABLES = pathlib.Path(__file__).resolve().parents[2] / "rules" / "catalogue"


def rows(name):
    with open(TABLES / f"{name}.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def profile(needsd):
    door = needsd.door()
    door.day("2026-09-01")
    door.settle(door.push_good([post("p-1"), rated("p-1", {"STL3": 1, "STL1": 4}, date="2026-09-01")]))
    return lambda **more: door.ask("profile", authority="888", **more)


@pytest.fixture
def needs(needsd, profile, tmp_path):
    env = {k: v for k, v in os.environ.items() if not k.startswith("NEEDS_")}
    env |= {"HOME": str(tmp_path), "NEEDS_SERVER": needsd.endpoint, "NEEDS_AUTHORITY": "888", "NEEDS_SCHOOL": "8889901"}

    def run(*args, status=0):
        done = subprocess.run([NEEDS, "catalogue", *args], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        assert done.returncode == status, (args, done)
        return done.stdout + done.stderr

    return run


def given(row):
    return dict(part.split(":") for part in row["gives"].split(";") if part)


def by_code(answer):
    return {k["code"]: k for k in answer["competences"]}


def test_profile_of_a_role_is_what_the_tables_say(profile):
    answer = profile(role="TASS")
    scopes = {"all", "family:learning-support", "role:TASS"}
    asked = {r["competence"]: 0 for r in rows("profiles") if r["scope"] in scopes}
    for row in rows("profiles"):
        if row["scope"] in scopes:
            asked[row["competence"]] = max(asked[row["competence"]], int(row["level"]))
    assert answer["title"] == "Teaching Assistant" and answer["in_scope"]
    assert {code: k["required"] for code, k in by_code(answer).items()} == asked
    assert "current" not in answer["competences"][0]


def test_profile_lists_the_training_of_each_competence(profile):
    competences = by_code(profile(role="TASS"))
    for code, k in competences.items():
        units = {u["unit"]: int(given(u)[code]) for u in rows("units") if code in given(u) and u["open"] != "no"}
        assert {u["unit"]: u["shows"] for u in k["units"]} == units, code
        courses = {f"{c['kind']}.{c['course']}" for c in rows("courses") if code in c["competences"].split(";")}
        assert {c["development"] for c in k["courses"]} == courses, code
        assert f"coaching.{code}" in [i["development"] for i in k["informal"]]
    assert any(k["courses"] for k in competences.values()) and any(len(k["units"]) > 1 for k in competences.values())


def test_profile_counts_the_units_of_an_award(profile):
    answer = profile(role="TASS")
    asked = set(by_code(answer))
    units = {u["unit"]: u for u in rows("units")}
    award, = [a for a in answer["awards"] if a["qualification"] == "SWIS2-AWD"]
    of = {r["unit"] for r in rows("combinations") if r["qualification"] == "SWIS2-AWD" and r["unit"]}
    assert award["of"] == len(of)
    assert set(award["units"]) == {u for u in of if set(given(units[u])) & asked and units[u]["open"] != "no"} and award["units"]
    counts = [len(a["units"]) for a in answer["awards"]]
    assert counts == sorted(counts, reverse=True)
    closed = {q["qualification"] for q in rows("qualifications") if q["open"] == "no"}
    assert not closed & {a["qualification"] for a in answer["awards"]}


def test_profile_of_a_duty_is_one_competence_done_alone(profile):
    answer = profile(duty="STL19")
    k, = answer["competences"]
    assert (answer["duty"], k["code"], k["required"], k["levels"][k["required"]], k["importance"]) == ("STL@2007/STL19", "STL19", 3, "alone", "essential")


def test_profile_of_a_person_says_the_level_that_counts(profile):
    competences = by_code(profile(role="TASS", school="8889901", person="p-1"))
    assert (competences["STL3"]["current"], competences["STL3"]["evidence"], competences["STL3"]["rated_on"]) == (1, "manager", "2026-09-01")
    assert competences["STL1"]["current"] == 4 and competences["X.FIRE"]["current"] is None


def test_profile_refuses_what_it_does_not_know(profile):
    with pytest.raises(Fault, match=r"no role 'TASSS' in the catalogue; did you mean TASS \(Teaching Assistant\)\?"):
        profile(role="TASSS")
    with pytest.raises(Fault, match=r"no duty 'X.FIREE' in the catalogue; did you mean X.FIRE \(Fire safety and evacuation\)\?"):
        profile(duty="X.FIREE")
    for wrong in ({}, {"role": "TASS", "duty": "STL3"}, {"role": "TASS", "person": "p-1"}, {"role": "TASS", "school": "8889901"}):
        with pytest.raises(Fault):
            profile(**wrong)
    with pytest.raises(Fault, match="nothing is known here"):
        profile(role="TASS", school="8889901", person="nobody")


def test_catalogue_role_fits_a_screen_and_detail_has_all(needs, profile):
    short, whole = needs("role", "TASS"), " ".join(needs("role", "TASS", "--detail").split())
    answer = profile(role="TASS")
    assert short.startswith(f"Teaching Assistant [TASS]: {len(answer['competences'])} competences\n")
    assert len(short.splitlines()) <= len(answer["competences"]) + 13
    assert "Help to keep children safe [STL3]" in short
    for k in answer["competences"]:
        for unit in k["units"]:
            assert f"[{unit['unit']}]: shows {k['levels'][unit['shows']]}" in whole
        for way in k["courses"] + k["informal"]:
            assert f"[{way['development']}]" in whole
    for award in answer["awards"]:
        assert f"[{award['qualification']}]" in whole
    assert json.loads(needs("role", "TASS", "--json")) == answer


def test_catalogue_role_of_a_person(needs):
    said = needs("role", "TASS", "--person", "p-1")
    line = {code: row for row in said.splitlines() for code in ("STL1", "STL3", "X.FIRE") if f"[{code}]" in row}
    assert line["STL1"].endswith("met") and "short by" in line["STL3"] and line["X.FIRE"].endswith("not rated")
    assert "; p-1 meets 1 of " in said.splitlines()[0]


def test_catalogue_duty_and_what_is_refused(needs):
    assert "alone" in needs("duty", "STL19")
    assert "did you mean TASS (Teaching Assistant)?" in needs("role", "TASSS", status=1)
    assert "missing argument: CODE" in needs("role", status=2)
    assert "takes one code" in needs("duty", "STL19", "STL3", status=2)
    assert "options of needs catalogue role and duty" in needs("find", "children", "--person", "p-1", status=2)
    assert "asks for no competence" in needs("role", "TCHR")


@pytest.mark.parametrize("kind, data, absent", [("person.left", {"date": "2026-08-31", "reason": "left"}, "left"),
                                                 ("person.restricted", {"date": "2026-08-31", "restricted": True}, "restricted")])
def test_profile_tells_no_level_of_who_is_not_looked_at(needsd, profile, kind, data, absent):
    there = profile(role="TASS", school="8889901", person="p-1")
    assert by_code(there)["STL1"]["current"] == 4 and "absent" not in there
    door = needsd.door()
    door.settle(door.push_good([event(kind, data, "p-1", time="2026-09-01T20:00:00Z")]))
    gone = profile(role="TASS", school="8889901", person="p-1")
    assert gone["absent"] == absent and all("current" not in k for k in gone["competences"])
