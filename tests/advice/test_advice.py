"""What a workforce adviser expects for invented people holds, but for what open.txt names."""
import csv
import re

import adviser_page
import judge
import pytest

SELECT = {"competence", "development", "then"}  # which cards a ref is about; the other members are checks


@pytest.fixture(scope="module")
def results():
    """Case, kind and text of each expectation that a machine can judge, and whether it is held."""
    return {(case["id"], expectation["kind"], expectation["text"]): held
            for case, said in judge.advise(judge.cases()) for expectation, held in judge.judged(case, said)}


def test_what_is_expected_is_held(results):
    broken = sorted(key for key, held in results.items() if not held and key not in judge.still_open())
    assert not broken, "\n".join(" ".join(key) for key in broken)


def test_what_is_open_is_not_held(results):
    """Each of open.txt is an expectation that does not hold, so that it is taken out once it does."""
    assert judge.still_open() <= set(results)
    held = sorted(key for key in judge.still_open() if results[key])
    assert not held, "take these out of open.txt:\n" + "\n".join(" ".join(key) for key in held)


def column(name, of):
    found = set()
    for folder in (judge.ROOT / "rules" / "catalogue", judge.HERE / "889"):
        if (folder / name).exists():
            with (folder / name).open(newline="") as file:
                found |= {row[of] for row in csv.DictReader(file)}
    return found


def test_refs_name_what_there_is():
    """A misspelt competence, kind or member is never found, so that a `must_not` of it would always be held."""
    competences, kinds = column("competences.csv", "code"), column("kinds.csv", "kind") | set(judge.WORDS)
    unknown = []
    for case in judge.cases():
        for ref in (expectation.get("ref", {}) for expectation in case["expectations"] + judge.everybody()):
            unknown += [(case["id"], code) for code in ref.get("competence", []) + ref.get("together", []) if code not in competences]
            unknown += [(case["id"], name) for name in ref.get("development", []) if name.partition(".")[0] not in kinds]
            unknown += [(case["id"], name) for name in ref if name not in SELECT | set(judge.CHECKS) | set(judge.OFFENCES) | judge.FOR_A_READER]
    assert not unknown


def test_page_is_current():
    """README.md is what `judge.py --table` writes."""
    page = adviser_page.page(judge.cases(), judge.everybody(), judge.still_open())
    assert (judge.HERE / "README.md").read_text() == page, "write README.md again, as it says itself"


def test_page_has_no_bare_code():
    """An adviser reads titles, not codes of the catalogue."""
    text = (judge.HERE / "README.md").read_text()
    codes = column("competences.csv", "code") | column("units.csv", "unit") | {code for code in column("qualifications.csv", "qualification") if "-" in code}
    assert not [code for code in codes if re.search(rf"(?<![\w.-]){re.escape(code)}(?![\w-])", text)]


def card(development, competence="STL9", current=1, group="role", purpose="role", text="You are one level below what is needed", **more):
    kind, _, of = development.partition(".")
    return {"recommendation": development, "development": {"kind": kind, "id": of, "title": "Work shadowing"}, "group": group, "purpose": purpose,
            "summary": "Work shadowing: observe and report", "because": [{"rule": "shadow-one-level", "text": text}],
            "answers": [{"competence": f"STL@2007/{competence}", "current": current}], "minutes": {"in_contract": 90, "beyond": 0}, **more}


def need(required, levels=("none", "aware", "with support", "alone", "can teach others"), lapsed_on=None, gap=1):
    return {"needs": [{"competence": "STL@2007/STL9", "levels": levels, "current": None if lapsed_on else 1, "required": required, "gap": gap,
                       "lapsed_on": lapsed_on}]}


UNRATED = {"summary": "Find out where you stand in 1 competence that nobody has rated yet."}
MODULE = "e-learning.STL9"


LAW = {"group": "law", "purpose": "compliance"}
GROWTH = {"group": "growth", "purpose": "growth"}
LATER = {"alternatives": [{"why_not_first": "It takes longer."}]}
NO_REASON = {"alternatives": [{"why_not_first": "The rules put it after this one."}]}
BEA = {"with": [{"as": "coach", "person": "p-2"}]}
PAID = {"cost": {"split": [{"payer": "school", "amount": 100}]}}


@pytest.mark.parametrize("ref, good, bad", [
    ({"duplicates": 0}, [card("shadowing.STL9"), card("coaching.STL9")], [card("shadowing.STL9"), card("shadowing.STL9")]),
    ({"unrated": True}, [card("finding-out.self-assessment", current=None)], [card("shadowing.STL9", current=None)]),
    ({"nothing": True}, [card("shadowing.STL9")], []),
    ({"plain": True}, [card("shadowing.STL9")], [card("shadowing.STL9", text="STL9 is short")]),
    ({"plain": True}, [card("shadowing.STL9")], [card("shadowing.STL9", text="by shadow-one-level")]),
    ({"max_in_contract_of_inset": 90}, [card("inset.yearly-update")], [card("inset.yearly-update", minutes={"in_contract": 91, "beyond": 0})]),
    ({"reasonless": True}, [card("shadowing.STL9", **LATER)], [card("shadowing.STL9", **NO_REASON)]),
    ({"words": ["failed"]}, [card("shadowing.STL9")], [card("shadowing.STL9", text="You failed")]),
    ({"purpose_not": ["role"]}, [card("shadowing.STL9", **GROWTH)], [card("shadowing.STL9")]),
    ({"one_card_each": True}, [card("coaching.STL9", **BEA), card("shadowing.STL9")], [card("coaching.STL9", **BEA), card("coaching.STL4", "STL4", **BEA)]),
    ({"silent_on": "2027-04-12"}, [card("shadowing.STL9", expires="2027-04-12")], [card("shadowing.STL9")]),
    ({"development": ["finding-out"]}, [card("shadowing.STL9")], [card("finding-out.review")]),
])
def test_judge_sees_an_offence(ref, good, bad):
    assert not judge.offends(ref, good, {})
    assert judge.offends(ref, bad, {})


@pytest.mark.parametrize("ref, good, bad", [
    ({"order": True}, [card("inset.yearly-update", **LAW), card("shadowing.STL9")], [card("shadowing.STL9"), card("inset.yearly-update", **LAW)]),
    ({"order": True}, [card("shadowing.STL9"), card("network.STL9", **GROWTH)], [card("network.STL9", **GROWTH), card("shadowing.STL9")]),
    ({"order": True}, [card("shadowing.STL9", responses=[{}]), card("inset.yearly-update", **LAW)],
     [card("shadowing.STL9"), card("inset.yearly-update", **LAW)]),
    ({"priced": True}, [card("course.autism", **PAID), card("shadowing.STL9")], [card("course.autism")]),
    ({"max_to_agree": 1}, [card("shadowing.STL9", practicalities=[{"status": "to-agree"}, {"status": "met"}])],
     [card("shadowing.STL9", practicalities=[{"status": "to-agree"}] * 2)]),
    ({"colleague_first": True}, [card("e-learning.STL4", "STL4"), card("coaching.STL9")], [card("e-learning.STL9")]),
    ({"unit": ["TDA 3.10"]}, [card("unit.TDA-3.10")], [card("unit.TDA-3.1")]),
    ({"together": ["STL9"]}, [card("shadowing.STL9")], [card("shadowing.STL4", "STL4")]),
    ({"says": ["one level below"]}, [card("shadowing.STL9")], [card("shadowing.STL9", text="You are new here")]),
    ({"development": ["talk"]}, [card("finding-out.review")], [card("finding-out.self-assessment")]),
])
def test_judge_sees_what_is_kept(ref, good, bad):
    assert judge.holds(ref, good, {"willing": ["STL9"]})
    assert not judge.holds(ref, bad, {"willing": ["STL9"]})


@pytest.mark.parametrize("ref, advice, good, bad", [
    ({"forgotten": True}, card("finding-out.self-assessment", **UNRATED), need(2), need(2, lapsed_on="2026-09-02")),
    ({"read_to_teach": True}, card(MODULE), need(3), need(4)),
    ({"leaps": 2}, card(MODULE), need(2), need(3, gap=2)),
    ({"overstated": True}, card("unit.STL9", summary='From "aware" to "can teach others".'), need(3), need(4)),
])
def test_judge_sees_an_offence_beside_the_need(ref, advice, good, bad):
    assert not judge.offends(ref, [advice], good)
    assert judge.offends(ref, [advice], bad)


def test_judge_sees_yearly_duties_in_two_cards():
    ref, two = {"split": ["STL9"]}, [card("inset.STL9"), card("e-learning.STL9")]
    assert judge.offends(ref, two, need(2))
    assert not judge.offends(ref, two[:1], need(2))
    assert not judge.offends(ref, two, need(4)), "teaching it to others is something else"


def test_judge_sees_more_than_the_paid_year_holds():
    ref = {"share_of_year": 10}
    assert judge.offends(ref, [card("unit.STL9")], {"paid": 899})
    assert not judge.offends(ref, [card("unit.STL9")], {"paid": 900})
    assert not judge.offends(ref, [card("apprenticeship.STL9")], {"paid": 899})


def test_judge_sees_a_gate_that_is_not_met():
    said = {"goals": [{"goal": "status.HLTA", "ready": False, "gates": [{"gate": "maths", "state": "missing"}]}]}
    assert judge.holds({"goal": "HLTA", "ready": False, "gates": {"maths": "missing"}}, [], said)
    assert not judge.holds({"goal": "HLTA", "ready": True}, [], said)
    assert not judge.holds({"goal": "HLTA", "gates": {"maths": "met"}}, [], said)
    assert not judge.holds({"goal": "QTS", "ready": False}, [], said)


def test_a_colleague_whose_place_is_taken_is_not_willing():
    helps = {"as": "coach", "for": ["STL9"], "capacity": 1, "consent": True}
    person = {"type": "needs.person.recorded.v1", "subject": "p-2", "data": {"helps": [helps]}}
    agreed = {"type": "needs.response.recorded.v1", "subject": "p-3", "data": {"recommendation": "coaching.STL9", "response": "accepted"}}
    assert judge.willing({"facts": [person]}, "p-1") == ["STL9"]
    assert judge.willing({"facts": [person, agreed]}, "p-1") == []
    assert judge.willing({"facts": [person, agreed]}, "p-3") == ["STL9"]
    helps["consent"] = False
    assert judge.willing({"facts": [person]}, "p-1") == []


def test_what_a_year_pays():
    roles = [{"minutes": 900, "weeks": 39}, {"minutes": 375, "weeks": 38}]
    assert judge.paid({"facts": [{"subject": "p-1", "data": {"roles": roles}}, {"data": {}}]}, "p-1") == 900 * 39 + 375 * 38
