"""Goals: what each asks, which step comes next, when somebody is ready, and what is not recommended before that."""
import subprocess

import pytest

from daemon import ROOT, Daemon, build_dir
from door import Fault, event, post, rated
from test_31_needs import needs  # noqa: F401
from test_59_why import School

DAY = "2026-11-09"
STANDARDS = {f"STL{n}": 3 for n in (18, 19, 20, 23, 24, 28, 29, 30, 62, 63)}
ENGLISH = {"subject": "english", "level": 2, "date": "2001-08-20"}
MATHS = {"subject": "maths", "level": 2, "date": "2001-08-20"}
HLTA = {"qualification": "HLTA"}


def wishing(subject, *wishes, progression="yes"):
    return event("preference.recorded", {"share_with": "manager", "wishes": list(wishes), "progression": progression}, subject)


@pytest.fixture
def door(needsd):
    door = needsd.door()
    door.day(DAY)
    return door


def told(door, *events, subject="p-1"):
    door.settle(door.push_good(list(events)))
    return door.person(subject)


def card(person, recommendation):
    return next((r for r in person["recommendations"] if r["recommendation"] == recommendation), None)


def states(goal):
    return {gate["gate"]: gate["state"] for gate in goal["gates"]}


# --- what a goal asks ---

def test_goals_ready_is_recommended(door):
    person = told(door, post("p-1", data={"holds": [ENGLISH, MATHS]}), rated("p-1", STANDARDS), wishing("p-1", HLTA))
    goal, = person["goals"]
    assert goal["goal"] == "status.HLTA" and goal["ready"] and not goal["reached"]
    assert states(goal) == {"english": "met", "maths": "met", "standards": "met", "support": "to-agree"}
    hlta = card(person, "status.HLTA")
    assert hlta["summary"] == "Higher level teaching assistant status: you are ready now." and hlta["group"] == "growth"
    assert hlta["goal"] == "status.HLTA" and hlta["route"]["title"] == "Higher level teaching assistant status"
    assert "you are ready now" in hlta["because"][0]["text"] and hlta["because"][0]["rule"] == "goal"


def test_goals_missing_waits_for_its_step(door):
    person = told(door, post("p-1", data={"holds": [ENGLISH, {"qualification": "GCSE-MAT-31", "date": "1998-08-20"}]}), rated("p-1", STANDARDS), wishing("p-1", HLTA))
    goal, = person["goals"]
    assert not goal["ready"] and states(goal)["maths"] == "missing" and card(person, "status.HLTA") is None
    maths = card(person, "qualification.FS-MATH2")
    assert maths["goal"] == "status.HLTA" and maths["route"]["place"] == 1
    steps = door.ask("routes", authority="888", school="8889901", person="p-1")["goals"][0]["steps"]
    assert steps[0]["development"]["id"] == "FS-MATH2" and steps[0]["recommended"]
    assert "development" not in steps[-2] and steps[-1]["development"]["id"] == "HLTA"


def test_goals_an_award_that_no_need_asks_for(door):
    """She can do the mathematics and has nothing that shows it: no need is open, and the status asks for the award all the same."""
    person = told(door, post("p-1", data={"holds": [ENGLISH]}), rated("p-1", {**STANDARDS, "X.MATH": 3}), wishing("p-1", HLTA))
    assert "X@2026/X.MATH" not in [n["competence"] for n in person["needs"]]
    maths = card(person, "qualification.FS-MATH2")
    assert maths["summary"].endswith(": a step to Higher level teaching assistant status.") and maths["goal"] == "status.HLTA"
    assert "asks for it: Mathematics at level 2" in maths["because"][0]["text"]


def test_goals_not_rated_is_found_out(door):
    person = told(door, post("p-1", data={"holds": [ENGLISH, MATHS]}), rated("p-1", {k: v for k, v in STANDARDS.items() if k != "STL63"}), wishing("p-1", HLTA))
    goal, = person["goals"]
    assert states(goal)["standards"] == "not-rated" and not goal["ready"] and card(person, "status.HLTA") is None
    gate = next(g for g in goal["gates"] if g["gate"] == "standards")
    assert (gate["met"], gate["of"]) == (9, 10) and [s["competence"] for s in gate["short"]] == ["STL@2007/STL63"]


def test_goals_agreed_is_met(door):
    told(door, post("p-1", data={"holds": [ENGLISH, MATHS]}), rated("p-1", STANDARDS), wishing("p-1", HLTA))
    agreed = {"recommendation": "status.HLTA", "date": DAY, "terms": [{"check": "recognition", "status": "met"}], "intended": [], "agreed_by": "m-1"}
    person = told(door, event("agreement.recorded", agreed, "p-1", time=f"{DAY}T12:00:00Z"))
    assert states(person["goals"][0])["support"] == "met"


def test_goals_declined_is_left_alone(door):
    told(door, post("p-1", data={"holds": [ENGLISH, MATHS]}), rated("p-1", STANDARDS), wishing("p-1", HLTA))
    said = {"recommendation": "status.HLTA", "date": DAY, "response": "declined", "by": "person"}
    person = told(door, event("response.recorded", said, "p-1", time=f"{DAY}T12:00:00Z"))
    assert card(person, "status.HLTA") is None and person["goals"][0]["ready"]


def test_goals_what_has_run_out_is_not_held(door):
    food = {"qualification": "FOOD2", "date": "2020-11-09", "expires": "2026-11-10"}
    person = told(door, post("p-1", role="COOK", data={"holds": [food]}), wishing("p-1", {"qualification": "FOOD3"}))
    assert states(person["goals"][0]) == {"level-2": "met"} and person["goals"][0]["gates"][0]["by"] == "Level 2 Award in Food Safety in Catering"
    assert card(person, "qualification.FOOD3")
    door.day("2026-11-11")
    door.settle()
    later = door.person("p-1")
    assert states(later["goals"][0]) == {"level-2": "missing"} and card(later, "qualification.FOOD3") is None


@pytest.mark.parametrize("employer, state", [("school", "met"), ("contractor", "met"), ("volunteer", "missing")])
def test_goals_an_apprentice_is_employed(door, employer, state):
    roles = [{"role": "TASS", "from": "2020-09-01", "minutes": 600, "employer": employer, "main": True}]
    person = told(door, post("p-1", data={"roles": roles}), wishing("p-1", {"qualification": "APP-TA"}, {"qualification": "STL2-CERT-RQF"}))
    apprenticeship, certificate = person["goals"]
    assert states(apprenticeship) == {"employed": state} and states(certificate) == {"place": "met"}
    assert (card(person, "apprenticeship.APP-TA") is not None) == (state == "met")


def test_goals_another_kind_of_work_is_no_place(door):
    person = told(door, post("p-1", role="COOK"), wishing("p-1", {"qualification": "APP-TA"}))
    assert states(person["goals"][0]) == {"employed": "missing"} and card(person, "apprenticeship.APP-TA") is None


def test_goals_closed_leads_to_what_followed(door):
    person = told(door, post("p-1"), wishing("p-1", {"qualification": "NVQ2-STL"}))
    goal, = person["goals"]
    assert goal["goal"] == "qualification.STLS2-CERT" and goal["in_place_of"].startswith("NVQ Level 2") and goal["open"] == "unknown"
    assert "It has taken the place of NVQ Level 2" in card(person, "qualification.STLS2-CERT")["because"][0]["text"]


def test_goals_a_role(door):
    person = told(door, post("p-1"), rated("p-1", {"STL19": 3, "STL46": 1}), wishing("p-1", {"role": "PAST"}))
    goal, = person["goals"]
    assert goal["goal"] == "role.PAST" and goal["title"] == "Pastoral Support" and states(goal) == {"profile": "missing"}
    short = {s["competence"]: (s["current"], s["required"]) for s in goal["gates"][0]["short"]}
    assert "STL@2007/STL19" not in short and short["STL@2007/STL46"] == (1, 3)
    assert {n["purpose"] for n in person["needs"] if n["post"] == "PAST"} == {"growth"}


def test_goals_a_step_at_a_time(door):
    """The post asks English at 1, the goal at 2: the post's gap is first, and the goal's once that is closed."""
    def need(level):
        person = told(door, post("p-1", role="CLNR"), rated("p-1", {"X.ENGL": level}, date=f"2026-10-0{level + 1}"), wishing("p-1", {"role": "BILN"}))
        return next(((n["required"], n["post"], n["purpose"]) for n in person["needs"] if n["competence"] == "X@2026/X.ENGL"), None)
    assert need(0) == (1, "CLNR", "growth")
    assert need(1) == (2, "BILN", "growth")
    assert need(2) is None


def test_goals_nobody_who_does_not_want_to_move_on(door):
    person = told(door, post("p-1", data={"holds": [ENGLISH, MATHS]}), rated("p-1", STANDARDS), wishing("p-1", HLTA, progression="no"))
    assert person["goals"] == [] and card(person, "status.HLTA") is None


# --- the question ---

def test_goals_routes_to_what_nobody_wished_for(door):
    told(door, post("p-1"), rated("p-1", STANDARDS))
    for to in ("HLTA", "status.HLTA"):
        answer = door.ask("routes", authority="888", school="8889901", person="p-1", to=to)
        assert [g["goal"] for g in answer["goals"]] == ["status.HLTA"] and "ways" not in answer
    assert door.ask("routes", authority="888", school="8889901", person="p-1", to="role.HLTA")["goals"][0]["goal"] == "role.HLTA"
    with pytest.raises(Fault) as refused:
        door.ask("routes", authority="888", school="8889901", person="p-1", to="coaching.STL3")
    assert "the catalogue knows no such goal" in str(refused.value)


def test_goals_ways_upward_sideways_and_out(door):
    told(door, post("p-1"), rated("p-1", {**STANDARDS, "STL1": 3, "STL4": 3}))
    answer = door.ask("routes", authority="888", school="8889901", person="p-1")
    ways = {}
    for way in answer["ways"]:
        ways.setdefault(way["direction"], []).append(way["goal"])
    assert answer["goals"] == [] and "role.HLTA" in ways["upward"] and len(ways["sideways"]) == 3
    assert "role.YTHW" in ways["outside-schools"] and "role.TASS" not in sum(ways.values(), [])
    assert all(0 < way["met"] <= way["of"] for way in answer["ways"])


def test_goals_nearest_way_in_comes_true(needsd):
    door = needsd.door()
    door.day("2026-10-15")
    school = School(door)
    door.push_good([school.note(post("p-1", data={"holds": [ENGLISH]})), rated("p-1", STANDARDS), school.note(wishing("p-1", HLTA))])
    door.settle()
    way = school.why("p-1", recommendation="status.HLTA")["nearest"][0]
    assert way["sentence"] == "With level 2 maths held: it would be recommended." and way["opens"] == ["status.HLTA"]
    school.bring_about("p-1", way["change"])
    assert school.kept("p-1", way)


# --- as people read it ---

def test_goals_command(needs):  # noqa: F811
    door = needs.door
    told(door, post("p-1", data={"holds": [ENGLISH]}), rated("p-1", STANDARDS), wishing("p-1", HLTA))
    said = needs("routes", "p-1")
    for line in ("Higher level teaching assistant status: on the way", "Mathematics at level 2, such as GCSE grade 4 or C: missing",
                 "Works alone at what the 33 standards describe: met, 10 of 10", "(recommended now)", "Out of schools:"):
        assert line in said
    assert all(len(line) <= 100 for line in said.splitlines())
    assert "did not" not in needs("routes", "p-1", "--to", "PAST") and "names no" not in said
    assert "no such goal" in needs("routes", "p-1", "--to", "NOPE", status=1)


# --- the table ---

@pytest.mark.parametrize("row, fault", [
    ("status.NOPE,a,held,maths@2,,words", "'status.NOPE' is no goal"),
    ("qualification.HLTA,a,held,maths@2,,words", "'qualification.HLTA' is no goal"),
    ("coaching.STL3,a,held,maths@2,,words", "'coaching.STL3' is no goal"),
    ("status.HLTA,a,held,,,words", "must name a class or qualification of equivalences.csv"),
    ("status.HLTA,a,held,sums@2,,words", "'sums@2' is no class or qualification"),
    ("status.HLTA,a,employed,kitchen,,words", "'kitchen' is no family or role"),
    ("status.HLTA,a,agreed,nothing,,words", "'nothing' is no check"),
    ("status.HLTA,a,competences,,,words", "must name competences with their levels"),
    ("status.HLTA,a,competences,,STL18:9,words", "level 9 of STL18 does not exist"),
    ("status.HLTA,a,wanted,,,words", "wanted"),
])
def test_goals_faults_of_the_table(tmp_path, row, fault):
    (tmp_path / "gates.csv").write_text(f"goal,gate,kind,asks,competences,words,provenance,certainty\n{row},own,designed\n")
    done = subprocess.run([build_dir() / "daemon" / "needsd", "--check-catalogue", tmp_path, "--share", ROOT / "rules"], capture_output=True, text=True)
    assert done.returncode == 1 and fault in done.stdout + done.stderr and "gates.csv:2" in done.stdout + done.stderr


def test_goals_an_authority_opens_a_gate(tmp_path):
    """An authority that does not ask for the standards takes the row out."""
    (tmp_path / "gates.csv").write_text("goal,gate,remove\nstatus.HLTA,standards,yes\n")
    with Daemon(authorities={"888": {"name": "Example", "catalogue": tmp_path}}) as daemon:
        door = daemon.door()
        door.day(DAY)
        person = told(door, post("p-1", data={"holds": [ENGLISH, MATHS]}), wishing("p-1", HLTA))
        assert set(states(person["goals"][0])) == {"english", "maths", "support"} and card(person, "status.HLTA")
