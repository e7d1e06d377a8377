"""What an author runs before rules are published: tests beside the rules, rules tried on everybody, a directory to begin with."""
import json
import os
import subprocess

import pytest

from advice import rule
from daemon import ROOT, build_dir

pytestmark = pytest.mark.slow

NEEDS, NEEDSD = build_dir() / "clients" / "needs" / "needs", build_dir() / "daemon" / "needsd"
ENV = {**os.environ, "NEEDS_SHARE": str(ROOT / "rules"), "NEEDS_WORKER": str(build_dir() / "daemon" / "needs-rules"),
       "PATH": f"{NEEDSD.parent}:{os.environ['PATH']}"}

RULES = """
rule "try-watching" {
  about = "Watch a colleague, and be watched", source = "guide-2010/step-3", owner = "An author",
  competences = "STL3", roles = "TASS", needs = "gap",
  when = function(need, person, school)
    return given(need.gap == 1, otherwise "the gap is more than one level")
       and given(school:helpers(need) > 0, otherwise "nobody is available in your school now")
  end,
  recommend = function() return peer_observation { priority = 99, because = "one step is missing" } end,
}
"""
GOOD = """
test "one step, and somebody is there" {
  role = "TASS", ratings = { STL3 = 2 }, colleagues = { "buddy" },
  expect = {
    { recommends = "peer-observation.STL3" },
    { fires = "try-watching", on = "STL3", proposes = "peer-observation.STL3", because = "one step" },
    { first = "STL3", is = "peer-observation.STL3" },
    { not_recommends = "coaching.STL3" },
  },
}
test "one step, and nobody is there" {
  role = "TASS", ratings = { STL3 = 2 },
  expect = { { refuses = "try-watching", on = "STL3", why = "nobody is available" } },
}
test "two steps" {
  role = "TASS", needs = { { "STL3", current = 1, required = 3, helpers = "coach" } },
  expect = { { refuses = "try-watching", why = "more than one level" } },
}
"""


def needs(*args, **more):
    return subprocess.run([str(a) for a in (NEEDS, *args)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, env=ENV, **more)


@pytest.fixture
def rules(tmp_path):
    (tmp_path / "rules" / "tests").mkdir(parents=True)
    (tmp_path / "rules" / "10-try.lua").write_text(RULES)
    return tmp_path / "rules"


def write(rules, name, text):
    (rules / "tests" / name).write_text(text)
    return rules


def tried(rules, *args, status=None):
    done = needs("rules", "test", rules, "--json", *args)
    answer = json.loads(done.stdout)
    assert done.returncode == (status if status is not None else 0 if answer["ok"] else 1), done.stdout + done.stderr
    return answer


def faults_of(rules, name, text):
    answer = tried(write(rules, name, text), status=1)
    return [f["text"] for f in answer["faults"] if f["severity"] == "error"]


# --- the shipped rules ---

def test_rule_tests_shipped_rules_are_covered():
    """Every rule, every condition, both ways, from the tests beside them."""
    done = needs("rules", "test", "--strict", "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 0 and answer["ok"] and answer["failed"] == 0 and answer["passed"] > 90
    coverage = answer["coverage"]
    assert coverage["missing"] == [] and coverage["rules"]["covered"] == coverage["rules"]["of"] > 40
    assert coverage["conditions"]["covered"] == coverage["conditions"]["of"] > 40


def test_rule_tests_shipped_rules_by_their_place():
    done = needs("rules", "test", ROOT / "rules" / "default", "one level away", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["passed"] > 1


def test_rule_tests_chosen_by_name():
    done = needs("rules", "test", "--json", "nobody available")
    answer = json.loads(done.stdout)
    assert done.returncode == 0 and 0 < len(answer["tests"]) < 20 and answer["coverage"] is None
    assert all("nobody available" in t["name"] for t in answer["tests"])
    none = needs("rules", "test", "no-such-test")
    assert none.returncode == 1 and "no test has one of these names" in none.stdout


# --- what passes, what fails ---

def test_rule_tests_pass_and_cover(rules):
    answer = tried(write(rules, "good.lua", GOOD), "--strict", status=0)
    assert [t["name"] for t in answer["tests"]] == ["one step, and somebody is there", "one step, and nobody is there", "two steps"]
    assert answer["coverage"] == {"rules": {"covered": 1, "of": 1}, "conditions": {"covered": 2, "of": 2}, "missing": []}
    both = tried(rules, "--all")
    assert both["passed"] > 90 and both["coverage"]["rules"]["of"] > 40


@pytest.mark.parametrize("expectation, came", [
    ('{ recommends = "coaching.STL3" }', "peer-observation.STL3"),
    ('{ not_recommends = "peer-observation.STL3" }', "peer-observation.STL3"),
    ('{ fires = "try-watching", on = "STL3", proposes = "coaching.STL3" }', "peer-observation.STL3 on STL3"),
    ('{ fires = "try-watching", because = "two steps" }', 'one step is missing'),
    ('{ fires = "mentor-two-levels" }', "the gap is only one level"),
    ('{ refuses = "try-watching" }', "it proposes peer-observation.STL3"),
    ('{ refuses = "mentor-two-levels", why = "the moon is full" }', "the gap is only one level"),
    ('{ first = "STL3", is = "coaching.STL3" }', "peer-observation.STL3"),
])
def test_rule_tests_a_wrong_test_fails(rules, expectation, came):
    text = 'test "wrong" { role = "TASS", ratings = { STL3 = 2 }, colleagues = { "buddy" }, expect = { %s } }' % expectation
    answer = tried(write(rules, "wrong.lua", text), status=1)
    (failed,) = answer["tests"]
    assert not failed["ok"] and came in failed["failures"][0]["came"] and answer["faults"] == []
    assert {"rule": "try-watching", "need": "STL3", "development": "peer-observation.STL3", "priority": 99} in failed["proposals"]
    said = needs("rules", "test", rules)
    assert said.returncode == 1 and "tests/wrong.lua:1: wrong" in said.stdout and came in said.stdout
    assert "try-watching" in said.stdout and said.stdout.endswith("1 test, 1 failed\n")


def test_rule_tests_say_what_the_choice_did(rules):
    needs_of = ", ".join('{ "%s", current = 1 }' % code for code in ("STL1", "STL3", "STL4", "STL5", "STL6", "STL8"))
    text = ('test "a better one" { role = "TASS", ratings = { STL3 = 2 }, colleagues = { "buddy", "coach" }, expect = { { recommends = "coaching.STL3" } } }\n'
            'test "too many" { role = "TASS", needs = { %s }, colleagues = "coach", expect = { { recommends = "coaching.STL8" } } }' % needs_of)
    better, many = tried(write(rules, "held.lua", text), status=1)["tests"]
    assert "that one is proposed with priority" in better["failures"][0]["came"] and "gives way to a better one" in better["failures"][0]["came"]
    assert "that one is held back: Later:" in many["failures"][0]["came"]


def test_rule_tests_a_rule_that_fails_fails_its_test(rules):
    (rules / "10-try.lua").write_text(RULES.replace("need.gap == 1,", "need.rated_on .. person.contract ~= nil,"))
    answer = tried(write(rules, "good.lua", GOOD.split("test ")[0] + 'test "x" { role = "TASS", ratings = { STL3 = 2 }, expect = { { refuses = "try-watching" } } }'), status=1)
    assert "person.contract may be unknown (nil)" in answer["tests"][0]["failures"][0]["came"]


def test_rule_tests_none_is_a_failure(rules):
    done = needs("rules", "test", rules)
    assert done.returncode == 1 and "holds no tests; put them there" in done.stdout and "expect = {" in done.stdout
    (rules / "tests").rmdir()
    assert needs("rules", "test", rules).returncode == 1


def test_rule_tests_faulty_rules_are_told(rules):
    (rules / "10-try.lua").write_text(RULES.replace("peer_observation {", "peer_observaton {"))
    assert any("peer_observation" in f for f in faults_of(rules, "good.lua", GOOD))


# --- the road of a real person ---

@pytest.mark.parametrize("known, expectation", [
    ('ratings = { STL3 = { level = 2, evidence = "observer", date = "2026-08-01" } }, started = "2026-06-01", colleagues = "buddy"', '{ fires = "induction-buddy" }'),
    ('ratings = { STL3 = { { level = 2, date = "2020-01-01" } } }', '{ fires = "self-assessment-again", on = "STL3" }'),
    ('ratings = { ["X.SAFE"] = { level = 2, date = "2018-01-01" } }', '{ first = "X.SAFE", is = "inset.yearly-update" }'),
    ('ratings = { STL3 = 2 }, duties = { "STL18" }', '{ fires = "self-assessment", on = "STL18" }'),
    ('ratings = { STL3 = 2 }, no_computer = true', '{ fires = "review-without-computer" }'),
    ('ratings = { STL3 = 2 }, wishes = { competence = "STL50" }, progression = "yes"', '{ fires = "self-assessment", on = "STL50" }'),
    ('ratings = { STL3 = 2 }, wishes = { competence = "STL50" }, progression = "no", minutes = 900, weeks = 39, term_time = true, '
     'employer = "trust", contract = "PRM", formats = { "in-person" }, school = { phase = "primary", clusters = 2 }, works = { mon = { { "08:45", "12:00" } } }',
     '{ refuses = "try-watching", why = "nobody is available" }'),
])
def test_rule_tests_people_are_made_of_events(rules, known, expectation):
    answer = tried(write(rules, "real.lua", 'test "real" { role = "TASS", %s, expect = { %s } }' % (known, expectation)))
    assert answer["ok"], answer


@pytest.mark.parametrize("effects, text", [("coaching = { completed = 25, closed = 13 }", "10 of 20, 50"), ("coaching = { completed = 9, closed = 9 }", "nothing"),
                                           ("course = { completed = 10, closed = 0 }", "nothing"), ("", "nothing")])
def test_rule_tests_what_came_of_developments(rules, effects, text):
    """Rounded as in an authority, so that no test can see what no authority could."""
    (rules / "20-effect.lua").write_text(rule("effect", competences='{"STL3"}', recommend=(
        'local e = effect("coaching") return shadowing { because = e and e.closed .. " of " .. e.completed .. ", " .. e.per_cent or "nothing" }')))
    answer = tried(write(rules, "effect.lua", 'test "told" { role = "TASS", ratings = { STL3 = 1 }, effects = { %s }, expect = { { fires = "effect", because = "%s" } } }'
                         % (effects, text)))
    assert answer["ok"], answer


@pytest.mark.parametrize("effects, fault", [
    ("{ coachng = { completed = 20, closed = 10 } }", "effects: unknown kind of development 'coachng'; did you mean 'coaching'?"),
    ("{ coaching = { completed = 20 } }", "effects: coaching: closed is a whole number: coaching = { completed = 20, closed = 10 }"),
    ("{ coaching = { completed = 20, closed = 21 } }", "effects: coaching: closed is at most completed"),
    ("{ coaching = { completed = 20, closed = 1, opened = 1 } }", "effects: a count has no member 'opened'"),
    ('"coaching"', "effects: is a table such as { coaching = { completed = 20, closed = 10 } }")])
def test_rule_tests_faults_of_effects(rules, effects, fault):
    faults = faults_of(rules, "effect.lua", 'test "told" { role = "TASS", ratings = { STL3 = 1 }, effects = %s, expect = { { proposes_nothing = true } } }' % effects)
    assert any(fault in f for f in faults), faults


# --- faults of tests: all at once, with their place ---

def test_rule_tests_faults_of_lua_tests(rules):
    faults = faults_of(rules, "faulty.lua", """
test "slips" {
  roel = "TASS",
  needs = { { "STL91", current = 1 }, { "STL18", curent = 1, importance = "essental", current = 99, helpers = { "coch" } } },
  expect = { { recomends = "coaching.STL18" } },
}
test "unknown things" {
  role = "TASX", holds = { "maths@9" }, employer = "nobody", colleagues = { "friend" }, day = "tomorrow",
  ratings = { STL18 = 12, STL77 = 1 },
  expect = { { fires = "try-waching" }, { recommends = "coaching" }, { refuses = "try-watching", because = "x" }, { first = "STL18" } },
}
test "expects nothing" { role = "TASS" }
""")
    for text in ("tests/faulty.lua:2: a test has no member 'roel'; did you mean 'role'?",
                 "tests/faulty.lua:2: needs: unknown competence 'STL91'",
                 "a need has no member 'curent'; did you mean 'current'?",
                 "importance: there is no 'essental'; did you mean 'essential'?",
                 "current is a whole number from 0 to 4",
                 "a helper: there is no 'coch'; did you mean 'coach'?",
                 "tests/faulty.lua:2: expect: an expectation is one of",
                 "tests/faulty.lua:7: day: is a date",
                 "tests/faulty.lua:7: role: ",
                 "tests/faulty.lua:7: employer: ",
                 "tests/faulty.lua:7: holds: ",
                 "tests/faulty.lua:7: ratings: ",
                 "no rule is called 'try-waching'; did you mean 'try-watching'?",
                 "the catalogue knows no development 'coaching'",
                 "'because' does not go with 'refuses'",
                 "'first' goes with 'is'",
                 "tests/faulty.lua:12: expect: a test that expects nothing cannot fail"):
        assert any(text in f for f in faults), (text, faults)


HOSTILE = {
    "loop": ("while true do end", "takes too many instructions to read"),
    "memory": ("local t = {} for i = 1, 1e9 do t[i] = { i } end", "takes too m"),
    "text": ('local s = "x" while true do s = s .. s end', "takes too much memory"),
    "deep": ('local t = {} for i = 1, 20 do t = { t } end test "x" { a = t }', "nest at most"),
    "cycle": ('local t = {} t[1] = t test "x" { a = t }', "nest at most"),
    "wide": ('local t = { 1 } for i = 1, 4 do local u = {} for k = 1, 30 do u[k] = t end t = u end test "x" { a = t }', "say more than"),
    "function": ('test "x" { a = function() end }', "no function"),
    "fraction": ('test "x" { a = 1.5 }', "numbers in a test are whole"),
    "holes": ('test "x" { a = { [1] = 1, [3] = 2 } }', "list without holes"),
    "syntax": ('test "x" {', "expected"),
    "files": ('os.execute("true")', "unknown name 'os'"),
    "rules": ('rule "x" {}', "unknown name 'rule'"),
    "global": ('x = 1', "frozen"),
    "nameless": ('test {}', "a test has a name"),
    "zero": ('test "x\\0y" {}', "zero byte"),
    "bytecode": ("\x1bLua", "binary chunk"),
    "latin": ('test "caf\\233" { expect = {} }', "no plain UTF-8"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_rule_tests_hostile_files_end_in_a_fault(rules, name):
    text, fault = HOSTILE[name]
    write(rules, "good.lua", GOOD)
    faults = faults_of(rules, "zz-hostile.lua", text)
    assert len(faults) == 1 and faults[0].startswith("tests/zz-hostile.lua:") and fault in faults[0], faults


# --- spreadsheets ---

def test_rule_tests_in_a_spreadsheet(rules):
    text = ("Test;Role;Ratings;Needs;Colleagues;Hours;Term time;Computer;Progression;Holds;Phase;Clusters;Recommends;Does not recommend;First;Rule fires;Rule refuses;Why\r\n"
            "one step;TASS;STL3=2;;buddy;32.5;yes;yes;no;maths@2;primary;1;peer-observation.STL3;coaching.STL3;STL3 is peer-observation.STL3;try-watching on STL3;;\r\n"
            "nobody;TASS;\"STL3=2; STL4=2 observer 2026-03-01\";;;;;;;;;;;;;;try-watching;nobody is available\r\n"
            "two steps;TASS;;STL3 current=1 required=3;coach;;;;;;;;;;;;try-watching on STL3;more than one level\r\n")
    answer = tried(write(rules, "sheet.csv", text), "--strict", status=0)
    assert [(t["file"], t["line"], t["name"]) for t in answer["tests"]] == [("tests/sheet.csv", 2, "one step"), ("tests/sheet.csv", 3, "nobody"), ("tests/sheet.csv", 4, "two steps")]


def test_rule_tests_a_wrong_row_fails(rules):
    answer = tried(write(rules, "sheet.csv", "test,role,ratings,colleagues,rule refuses,why\nwrong,TASS,STL3=2,,try-watching,the moon\n"), status=1)
    assert answer["tests"][0]["failures"][0]["expected"] == 'refuses try-watching, why "the moon"'
    assert "nobody is available in your school now" in answer["tests"][0]["failures"][0]["came"]


def test_rule_tests_faults_of_spreadsheets_by_row_and_column(rules):
    faults = faults_of(rules, "sheet.csv", "test,role,ratings,needs,hours,computer,colleagues,progression,recommends,rule fires,rule refuses,why\n"
                       ",TASS,STL3=2,,,,,,,try-watching,,\n"
                       "a,TASX,STL3,,many,maybe,friend,perhaps,coaching.STL99,try-waching,,x\n"
                       "b,TASS,,STL3 curent=1 current,,,,,,,try-watching,\n"
                       "c,TASS,STL3=2,,,,,,,,,\n")
    for text in ("tests/sheet.csv:2:test: is blank",
                 "tests/sheet.csv:3:role: ",
                 "tests/sheet.csv:3:ratings: 'STL3' is no rating; write a competence and a level, such as STL18=1",
                 "tests/sheet.csv:3:hours: 'many' is no number of hours a week",
                 "tests/sheet.csv:3:computer: is yes or no, not 'maybe'",
                 "tests/sheet.csv:3:colleagues: a helper is mentor, coach",
                 "tests/sheet.csv:3:progression: ",
                 "tests/sheet.csv:3:recommends: the catalogue knows no development 'coaching.STL99'",
                 "tests/sheet.csv:3:rule fires: no rule is called 'try-waching'; did you mean 'try-watching'?",
                 "tests/sheet.csv:3:why: goes with 'rule refuses'",
                 "tests/sheet.csv:4:needs: 'current' is not written as name=value",
                 "tests/sheet.csv:4:needs: a need has no member 'curent'; did you mean 'current'?",
                 "tests/sheet.csv:5: a test that expects nothing cannot fail"):
        assert any(text in f for f in faults), (text, faults)
    twice = faults_of(rules, "sheet.csv", "test,role,needs,rule fires\nx,TASS,STL3 current=1 current=2,try-watching\n")
    assert any("names the same thing twice" in f and f.startswith("tests/sheet.csv:2:") for f in twice), twice
    (fault,) = faults_of(rules, "sheet.csv", "test,role,ratngs\nx,TASS,STL3=2\n")
    assert fault == "tests/sheet.csv:1: unknown column 'ratngs'; did you mean 'ratings'?"


def test_rule_tests_what_a_spreadsheet_program_writes(rules):
    sheet = "test,role,day,started,ratings,needs,offers,weeks,term time,computer,colleagues,rule fires\n"
    answer = tried(write(rules, "sheet.csv", sheet + "understood,TASS,,,,STL3 current=1.0 required=2.00,inset.STL3 own=FALSE,39.0,TRUE,False,buddy,try-watching on STL3\n"))
    assert answer["ok"], answer
    faults = faults_of(rules, "sheet.csv", sheet +
                       "day first,TASS,01/09/2024,1.9.2024,STL3=2 observer 1/9/24,,,39.5,maybe,yes,buddy,try-watching\n"
                       "month first,TASS,,,,STL3 current=1.5 rated=09/25/2024,inset.STL3 first=31-12-2024,,,,buddy,try-watching\n"
                       "no such day,TASS,31/02/2024,,,STL3 current=1,,,,,buddy,try-watching\n")
    is_date = "tests/sheet.csv:%s: '%s': a date is year, month and day; write %s"
    wanted = [is_date % ("2:day", "01/09/2024", "2024-09-01"), is_date % ("2:started", "1.9.2024", "2024-09-01"), is_date % ("2:ratings", "1/9/24", "2024-09-01"),
              "tests/sheet.csv:2:weeks: '39.5' is no whole number", "tests/sheet.csv:2:term time: is yes or no, not 'maybe'",
              is_date % ("3:needs", "09/25/2024", "2024-09-25"), is_date % ("3:offers", "31-12-2024", "2024-12-31"),
              "tests/sheet.csv:3:needs: current is a whole number from 0 to 4", 'tests/sheet.csv:4:day: is a date such as "2026-09-01"']
    assert sorted(faults) == sorted(wanted)  # each once


def test_rule_tests_nothing_is_let_pass(rules):
    """What would be left out in silence is a fault, and a rule that was never asked has not refused."""
    faults = faults_of(rules, "faulty.lua", """
test "rating" { role = "TASS", ratings = { { "STL18", level = 1 } }, expect = { { refuses = "try-watching" } } }
test "holds" { role = "TASS", holds = { "maths@2x" }, expect = { { refuses = "try-watching" } } }
test "wish" { role = "TASS", wishes = "HLTA", expect = { { refuses = "try-watching" } } }
test "wishes" { role = "TASS", wishes = { "HLTA" }, expect = { { refuses = "try-watching" } } }
""")
    for text in ("tests/faulty.lua:2: ratings: a rating has the competence for its name", "tests/faulty.lua:3: holds: 'maths@2x' has no level after its @",
                 "tests/faulty.lua:4: wishes: a wish says what it is", "tests/faulty.lua:5: wishes: a wish says what it is"):
        assert any(text in f for f in faults), (text, faults)
    (rules / "tests" / "faulty.lua").unlink()
    faults = faults_of(rules, "sheet.csv", "test,role,,ratings,recommends,rule fires\nx,TASS,left,STL3=2,coaching.STL3 STL4,try-watching on STL3 too\n")
    for text in ("tests/sheet.csv:2:recommends: 'STL4' is left over", "tests/sheet.csv:2:rule fires: 'too' is left over", "tests/sheet.csv:2: 'left' stands under no heading"):
        assert any(text in f for f in faults), (text, faults)
    (rules / "tests" / "sheet.csv").unlink()
    answer = tried(write(rules, "never.lua", """
test "no need" { role = "TASS", needs = { { "STL3", current = 1 } }, expect = { { refuses = "try-watching", on = "STL18" }, { refuses = "network-for-a-few" } } }
test "hours" { role = "TASS", minutes = 1215, ratings = { STL3 = 1 }, expect = { { refuses = "try-watching", on = "STL3" } } }
"""), status=1)
    came = [f["came"] for f in answer["tests"][0]["failures"]]
    assert "the person has no need in STL18" in came[0] and "it is about schools as a whole" in came[1], came


def test_rule_tests_of_equals_each_is_first(rules):
    made = 'rule "%s" { about = "A rule", source = "guide-2010", owner = "Tests", competences = "STL3", recommend = function() return %s { priority = 99 } end }\n'
    (rules / "30-tie.lua").write_text(made % ("one", "coaching") + made % ("two", "network"))
    text = "test,role,needs,hours,first\na,TASS,STL3 current=1,32.25,STL3 coaching.STL3\nb,TASS,STL3 current=1,20.3,STL3 network.STL3\nc,TASS,STL3 current=1,,STL3 shadowing.STL3\n"
    answer = tried(write(rules, "tie.csv", text), status=1)
    assert [[f["came"] for f in t.get("failures", [])] for t in answer["tests"]] == [[], [], ["coaching.STL3, network.STL3"]]


# --- what the tests reached ---

MORE = """
local function near(need) return given(need.gap == 1, otherwise "the gap is more than one level") end
rule "a" { about = "a", source = "guide-2010", owner = "o", competences = "STL3", when = near, recommend = function() return network {} end }
rule "b" { about = "b", source = "guide-2010", owner = "o", competences = "STL18",
  when = function(need, person)
    return near(need) and given(person.no_computer ~= true, otherwise "no computer") and given(need.nature == "skill")
  end,
  recommend = function() return network {} end }
rule "c" { about = "c", source = "guide-2010", owner = "o", competences = "STL1", recommend = function() return network {} end }
"""


def test_rule_tests_what_is_not_reached(rules):
    (rules / "20-more.lua").write_text(MORE)
    write(rules, "good.lua", GOOD)
    answer = tried(rules, status=0)
    assert answer["coverage"]["rules"] == {"covered": 2, "of": 4}  # a is quiet two steps away, and fires
    assert answer["coverage"]["conditions"] == {"covered": 3, "of": 5}  # the shared one counts once
    missing = {(m["file"], m["line"]): m["text"] for m in answer["coverage"]["missing"]}
    assert missing[("authority/20-more.lua", 6)].startswith("condition")
    texts = [m["text"] for m in answer["coverage"]["missing"]]
    assert 'condition "no computer" is reached in no test' in texts
    assert "a condition without a reason of its own is reached in no test" in texts
    assert "rule b fires in no test" in texts and "rule c refuses in no test" in texts
    assert tried(rules, "--strict", status=1)["ok"] is False
    (rules / "20-more.lua").unlink()
    first, *_, last = GOOD.split('\ntest "')[1:]
    for test, missing in ((first, ["holds in every test that reaches it"] * 2), (last, ["holds in no test", "is reached in no test"])):
        write(rules, "good.lua", 'test "' + test)
        told = [m["text"] for m in tried(rules, status=0)["coverage"]["missing"] if m["text"].startswith("condition")]
        assert [text.split('" ')[1] for text in told] == missing


def test_rule_tests_only_what_passes_covers(rules):
    """A wrong expectation shows nothing, neither of a rule nor of a condition, and is not said to be missing."""
    wrong = GOOD.replace('why = "nobody is available"', 'why = "the moon"')
    answer = tried(write(rules, "good.lua", wrong), "--strict", status=1)
    assert answer["failed"] == 1 and answer["coverage"]["rules"]["covered"] == 1  # two steps away it refuses still
    assert [m["text"] for m in answer["coverage"]["missing"]] == ['condition "nobody is available in your school now" holds in every test that passes and reaches it']
    wrong = wrong.replace('why = "more than one level"', 'why = "the sun"')
    answer = tried(write(rules, "good.lua", wrong), status=1)
    assert answer["coverage"]["rules"]["covered"] == answer["coverage"]["conditions"]["covered"] == 0
    assert "rule try-watching refuses in no test that passes" in [m["text"] for m in answer["coverage"]["missing"]]


def test_rule_tests_a_faulty_test_leaves_coverage_untold(rules):
    write(rules, "good.lua", GOOD)
    (fault,) = faults_of(rules, "slip.lua", 'test "slip" { roel = "TASS", role = "TASS", expect = { { refuses = "try-watching" } } }')
    assert "did you mean 'role'?" in fault and tried(rules, "--strict", status=1)["coverage"] is None
    said = needs("rules", "test", rules).stdout
    assert said.endswith("3 tests, 0 failed, 1 fault\n") and "fire in one test" not in said and "condition" not in said
    tap = needs("rules", "test", rules, "--tap", "--strict").stdout.splitlines()
    assert tap[1] == "1..4" and not any("reached" in line for line in tap)


def test_rule_tests_names_are_their_own(rules):
    """In the whole directory; the shipped tests have another."""
    write(rules, "good.lua", GOOD)
    faults = faults_of(rules, "sheet.csv", "test,role,needs,rule refuses\ntwo steps,TASS,STL3 current=0,try-watching\nown,TASS,STL3 current=0,try-watching\n"
                       "own,TASS,STL3 current=0,try-watching\n")
    assert sorted(faults) == ["tests/sheet.csv:2: test 'two steps' is already in tests/good.lua:15; give this one another name",
                              "tests/sheet.csv:4: test 'own' is already in tests/sheet.csv:3; give this one another name"]
    write(rules, "sheet.csv", "test,role,needs,rule refuses\nno wish to study,TASS,STL3 current=0,try-watching\n")
    assert tried(rules, "--all")["faults"] == []


def test_rule_tests_coverage_in_words(rules):
    (rules / "20-more.lua").write_text(MORE)
    write(rules, "good.lua", GOOD)
    said = needs("rules", "test", rules).stdout
    assert "2 of 4 rules fire in one test and refuse in another\n3 of 5 conditions are seen to hold and not to hold\n3 tests, 0 failed\n" in said


# --- for programs ---

def test_rule_tests_tap(rules):
    write(rules, "good.lua", GOOD)
    write(rules, "wrong.csv", "test,role,ratings,recommends\nwrong # one,TASS,STL3=2,coaching.STL3\n")
    done = needs("rules", "test", rules, "--tap", "--strict")
    lines = done.stdout.splitlines()
    assert done.returncode == 1 and lines[:2] == ["TAP version 14", "1..5"]
    points = [line for line in lines if line.startswith(("ok ", "not ok "))]
    assert points == ["ok 1 - tests/good.lua:2 one step, and somebody is there", "ok 2 - tests/good.lua:11 one step, and nobody is there",
                      "ok 3 - tests/good.lua:15 two steps", "not ok 4 - tests/wrong.csv:2 wrong \\# one", "ok 5 - every rule and condition is reached, both ways"]
    assert lines[lines.index(points[3]) + 1] == "  ---" and '    - expected: "recommends coaching.STL3"' in lines
    both = needs("rules", "test", rules, "--tap", "--json")
    assert both.returncode == 2


# --- rules tried on everybody ---

BAD = """rule "stumbles" { about = "x", source = "guide-2010", owner = "o", families = "midday", needs = "gap",
  recommend = function(need, person) return coaching { because = "as " .. person.contract } end }
rule "bare" { about = "x", source = "guide-2010", owner = "o", competences = "X.ENGL", needs = "gap", purpose = "role",
  recommend = function() return course { id = "skills-for-life", priority = 99 } end }
rule "never" { about = "x", source = "guide-2010", owner = "o", when = function(need) return given(need.gap > 5, otherwise "x") end,
  recommend = function() return coaching {} end }
rule "first-same" { about = "x", source = "guide-2010", owner = "o", needs = "gap", competences = "STL3", recommend = function() return network {} end }
rule "second-same" { about = "x", source = "guide-2010", owner = "o", needs = "gap", competences = "STL3", recommend = function() return network {} end }
rule "inside" { about = "x", source = "guide-2010", owner = "o", needs = "gap", competences = "STL3",
  when = function(need) return given(need.gap == 1, otherwise "x") end, recommend = function() return network { priority = 40 } end }
rule "some" { about = "x", source = "guide-2010", owner = "o", needs = "gap", competences = "STL3",
  when = function(_, person) return given(person.family ~= "pastoral", otherwise "x") end, recommend = function() return inset {} end }
"""


def test_rule_tests_check_tries_rules_on_everybody(rules):
    (rules / "10-try.lua").write_text(BAD)
    done = needs("rules", "check", rules, "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 1 and answer["errors"] == 2 and not answer["ok"]
    said = [(f["severity"], f["text"]) for f in answer["faults"]]
    place = "authority/10-try.lua"
    begins = [("error", f"{place}:2: person.contract may be unknown (nil)"),
              ("error", f"{place}:3: rule 'bare' recommends course.skills-for-life without saying why nothing in the school would do"),
              ("warning", f"{place}:5: rule 'never' proposes nothing"),
              ("warning", f"{place}:8: rule 'second-same' is the same as 'first-same' ({place}:7)"),
              ("warning", f"{place}:9: rule 'inside' is covered by 'first-same' ({place}:7)"),
              ("warning", f"{place}:11: rule 'some' proposes a session (inset) to some and never to pastoral")]
    assert len(said) == len(begins), said
    for (severity, text), (wanted, begin) in zip(said, begins):
        assert severity == wanted and text.startswith(begin)
    stumbles = said[0][1]
    assert "rule 'stumbles' fails for" in stumbles and "people, such as a MID" in stumbles  # by role and need, nobody's name
    assert needs("rules", "check", rules).stdout.endswith("2 faults, 4 warnings\n")


def test_rule_tests_check_finds_a_need_without_an_answer(tmp_path):
    share = tmp_path / "share"
    (share / "default").mkdir(parents=True)
    (share / "catalogue").symlink_to(ROOT / "rules" / "catalogue")
    (share / "default" / "10-one.lua").write_text(RULES)
    done = subprocess.run([NEEDS, "rules", "check", share / "default"], capture_output=True, text=True, timeout=60, env={**ENV, "NEEDS_SHARE": str(share)})
    assert done.returncode == 0 and "nothing is proposed for" in done.stdout and "essential and unrated, such as" in done.stdout


# --- a school as a whole, and what can be booked ---

SCHOOL_RULES = """
school_rule "share" {
  about = "One session for all of them", source = "unison-2009/inset", owner = "An author",
  when = function(cohort, school)
    return given(cohort.count >= 4, otherwise "fewer than four need it")
       and given(school:helpers(cohort) == 0, otherwise "somebody here can help")
       and given(cohort.roster ~= nil and cohort.roster >= 5, otherwise "the family is small")
  end,
  recommend = function() return inset { priority = 90 } end,
}
"""

BOOK = """
rule "book" {
  about = "Take what can be booked", source = "guide-2010/step-3", owner = "An author", competences = "STL3",
  when = function(need)
    local found = offers_for(need)
    return given(#found > 0 and found[1].fee <= 5000, otherwise "nothing cheap can be booked")
       and given((need.priority or 0) >= 3 and need.priority_code == "behaviour", otherwise "it has no priority")
       and given(not found[1].own, otherwise "the school has it")
  end,
  recommend = function() return inset { priority = 99 } end,
}
"""


def test_rule_tests_of_a_school_in_lua(rules):
    (rules / "10-try.lua").write_text(SCHOOL_RULES)
    cohort = 'cohorts = { { "X.FOOD", "catering", count = %s, %s }, { "X.ALLG", "catering", count = 1 } }'
    answer = tried(write(rules, "school.lua", f"""
test "five of six" {{ {cohort % (5, 'roster = 6')}, expect = {{
  {{ fires = "share", on = "X.FOOD", proposes = "inset.X.FOOD" }}, {{ recommends = "inset.X.FOOD" }}, {{ not_recommends = "inset.X.ALLG" }},
  {{ first = "X.FOOD", is = "inset.X.FOOD" }}, {{ refuses = "share", on = "X.ALLG", why = "fewer than four" }} }} }}
test "somebody can" {{ colleagues = {{ ["X.FOOD"] = "mentor" }}, {cohort % (5, 'statutory = 5')}, expect = {{ {{ refuses = "share", on = "X.FOOD", why = "can help" }} }} }}
test "a small family" {{ {cohort % (4, 'roster = 4')}, expect = {{ {{ refuses = "share", on = "X.FOOD", why = "small" }} }} }}
"""), "--strict", status=0)
    assert answer["coverage"]["rules"] == {"covered": 1, "of": 1} and answer["coverage"]["conditions"] == {"covered": 3, "of": 3}
    wrong = tried(write(rules, "school.lua", 'test "wrong" { cohorts = { { "X.FOOD", "site", count = 2 } }, expect = { { recommends = "inset.X.FOOD" }, { fires = "share", on = "STL3" } } }'), status=1)
    (test,) = wrong["tests"]
    assert [f["came"] for f in test["failures"]] == ["recommends nothing", "no cohort of the test needs STL3"]


def test_rule_tests_of_a_school_and_offers_in_a_spreadsheet(rules):
    (rules / "10-try.lua").write_text(SCHOOL_RULES + BOOK)
    tried(write(rules, "sheet.csv", "test,role,needs,cohorts,offers,rule fires,rule refuses,why\n"
                "all,,,X.FOOD catering count=5 roster=5; STL3 site count=2,,share on X.FOOD,,\n"
                "helped,,,X.FOOD catering count=5 helpers=mentor,,,share,can help\n"
                "small,,,X.FOOD catering count=5,,,share,small\n"
                "few,,,X.FOOD catering count=3 statutory=3,,,share,fewer than four\n"
                "book,TASS,STL3 current=1 priority=3 priority_code=behaviour,,inset.STL3 fee=4500 first=2026-10-01 own=no,book on STL3,,\n"
                "dear,TASS,STL3 current=1,,inset.STL3 fee=5001 first=2026-10-01,,book,nothing cheap\n"
                "no priority,TASS,STL3 current=1 priority=2 priority_code=behaviour,,inset.STL3,,book,no priority\n"
                "own,TASS,STL3 current=1 priority=5 priority_code=behaviour,,inset.STL3,,book,the school has it\n"), "--strict")


@pytest.mark.parametrize("offers, found", [
    ('{ { development = "inset.STL3", first = "2026-09-01" } }', True),
    ('{ { development = "inset.STL3", first = "2026-08-01", last = "2026-08-31" } }', False),  # over
    ('{ { development = "inset.STL3", closed = true } }', False),
    ('{ { development = "inset.STL4" } }', False),
    ('{ { development = "inset.STL3", ["for"] = { "MIDS" } } }', False),
    ('{ { development = "inset.STL3", ["for"] = { "learning-support" }, own = false } }', True),
])
def test_rule_tests_offers_go_the_road_of_real_ones(rules, offers, found):
    (rules / "10-try.lua").write_text('rule "book" { about = "Book it", source = "guide-2010", owner = "Tests", competences = "STL3", '
                                      'when = function(need) return #offers_for(need) > 0 end, recommend = function() return inset { priority = 99 } end }')
    expect = '{ %s = "book", on = "STL3" }' % ("fires" if found else "refuses")
    tried(write(rules, "offers.lua", 'test "offers" { role = "TASS", ratings = { STL3 = 2 }, offers = %s, expect = { %s } }' % (offers, expect)), status=0)


def test_rule_tests_faults_of_schools_and_offers(rules):
    faults = faults_of(rules, "faulty.lua", """
test "both" { role = "TASS", cohorts = { { "X.FOOD", "catering", count = 4 } }, expect = { { refuses = "try-watching" } } }
test "slips" { cohorts = { { "X.FOOF", "cattering" }, { "X.FOOD", "catering", count = 2, statutory = 3, rooster = 1 }, { "STL3", count = 1 },
  { "X.ALLG", "site", count = 0 }, { "X.MIDD", "site", count = 1 }, { "X.MIDD", "site", count = 1 } }, expect = { { refuses = "try-watching" } } }
test "none" { cohorts = {}, expect = { { refuses = "try-watching" } } }
test "offers" { role = "TASS", needs = { { "STL3", priority_code = "order" } }, offers = { { development = "inset.STL399", fees = 1, own = "no" }, "x" },
  expect = { { refuses = "try-watching" } } }
""")
    for text in ("tests/faulty.lua:2: a test of cohorts has no member 'role'",
                 "tests/faulty.lua:3: cohorts: unknown competence 'X.FOOF'",
                 "tests/faulty.lua:3: cohorts: unknown role family 'cattering'; did you mean 'catering'?",
                 "cohorts: a cohort has no member 'rooster'; did you mean 'roster'?",
                 "cohorts: statutory is how many of count",
                 "cohorts: a cohort begins with its competence and family",
                 "cohorts: count says how many people",
                 "cohorts: X.MIDD of site is there twice",
                 "tests/faulty.lua:5: cohorts: is a list",
                 "tests/faulty.lua:6: needs: priority_code goes with priority",
                 "tests/faulty.lua:6: offers: an offer has no member 'fees'; did you mean 'fee'?",
                 "tests/faulty.lua:6: offers: own is true or false",
                 "tests/faulty.lua:6: offers: is a list",
                 "tests/faulty.lua:6: offers: development: the authority's catalogue has no development 'inset.STL399'"):
        assert any(text in f for f in faults), (text, faults)


BOOKED = """
local function offered(need, kind)
  for _, o in ipairs(offers_for(need)) do
    if o.kind == kind then return o end
  end
end
rule "course" { about = "x", source = "guide-2010", owner = "o", needs = "gap", competences = "X.ENGL",
  when = function(need) return given(offered(need, "course") ~= nil, otherwise "no course") end,
  recommend = function(need) return course { id = offered(need, "course").development, priority = 99, not_in_house = "x" } end }
rule "qualification" { about = "x", source = "guide-2010", owner = "o", needs = "gap", competences = "STL3",
  when = function(need) return given(offered(need, "qualification") ~= nil, otherwise "none") end, recommend = function() return network { priority = 98 } end }
rule "unit" { about = "x", source = "guide-2010", owner = "o", needs = "gap", competences = "STL3",
  when = function(need) return given(offered(need, "unit") ~= nil, otherwise "none") end, recommend = function() return shadowing { priority = 97 } end }
rule "cheaper-later" { about = "x", source = "guide-2010", owner = "o", needs = "gap", competences = "X.ENGL",
  when = function(need)
    local a, b = offers_for(need)[1], offers_for(need)[2]
    return given(b ~= nil and a.development == b.development and a.kind == "course", otherwise "not the same course twice")
       and given(b.first and a.first < b.first and b.fee < a.fee, otherwise "the first is as cheap")
  end,
  recommend = function(need) return resource { priority = 96 } end }
rule "out-of-order" { about = "x", source = "guide-2010", owner = "o", needs = "any", when = function(need)
    local all = offers_for(need)
    for i = 2, #all do
      local a, b = all[i - 1], all[i]
      if a.first == nil and b.first or (a.first and b.first and a.first > b.first) or (a.first == b.first and a.fee > b.fee) then return true end
    end
    return given(#all > 4, otherwise "as rules see them")
  end,
  recommend = function() return coaching { priority = 95 } end }
"""


def test_rule_tests_check_offers_what_can_be_booked(rules):
    """Of every kind, one or several, in the order of the real shelf: only the rule that asks for another is silent."""
    (rules / "10-try.lua").write_text(BOOKED)
    said = [f["text"] for f in json.loads(needs("rules", "check", rules, "--json").stdout)["faults"]]
    (silent,) = said
    assert "rule 'out-of-order' proposes nothing to any of" in silent
    people = int(silent.split(" any of ")[1].split()[0])
    (rules / "10-try.lua").write_text(BAD)
    assert f"rule 'never' proposes nothing to any of {people} people" in needs("rules", "check", rules).stdout  # the shipped rules read offers


def test_rule_tests_check_sees_whom_a_school_rule_leaves_out(rules):
    made = """school_rule "lunch" { about = "x", source = "guide-2010", owner = "o", competences = "X.DEES", families = "midday"%s,
      recommend = function() return %s { priority = 99 } end }\n"""
    warning = "authority/10-try.lua:1: rule 'lunch' proposes a session (inset) to some and never to %s, who need the same; if that is meant, name them in leaves_out"

    def said(*with_what):
        (rules / "10-try.lua").write_text(made % with_what)
        return [f["text"] for f in json.loads(needs("rules", "check", rules, "--json").stdout)["faults"]]

    (first,) = said("", "inset")
    assert first == warning % "pastoral, learning-support, specialist"  # whose profiles ask it: not the kitchen's
    assert said(', leaves_out = { "pastoral", "specialist" }', "inset") == [warning % "learning-support"]
    assert said(', leaves_out = { "pastoral", "specialist", "learning-support" }', "inset") == said("", "coaching") == []
    (wrong,) = said(', leaves_out = "midday"', "inset")
    assert wrong == "authority/10-try.lua:1: rule 'lunch': leaves_out names 'midday', which families names too"


def test_rule_tests_check_joint_training_leaves_nobody_out(rules):
    made = 'rule "some" { about = "x", source = "guide-2010", owner = "o", needs = "gap", competences = "STL3", recommend = function(_, person)\n' \
           '  if person.family == "pastoral" then return %s { priority = 99 } end return inset { priority = 99 } end }'
    (rules / "10-try.lua").write_text(made % "joint_training")
    assert "0 faults, 0 warnings" in needs("rules", "check", rules).stdout
    (rules / "10-try.lua").write_text(made % "network")
    assert "never to pastoral" in needs("rules", "check", rules).stdout


def test_rule_tests_check_tries_school_rules_on_schools(rules):
    made = 'school_rule "%s" { about = "A rule", source = "guide-2010", owner = "Tests", %s, recommend = function() return inset { priority = %d } end }\n'
    (rules / "10-try.lua").write_text(made % ("stumbles", "when = function(cohort) return cohort.roster > 3 end", 1) +
                                      made % ("never", 'families = "catering", when = function(cohort) return given(cohort.count > 40, otherwise "x") end', 1) +
                                      made % ("covered", "when = function(cohort) return given(cohort.statutory >= 6, otherwise \"x\") end", 10) + BOOK)
    said = json.loads(needs("rules", "check", rules, "--json").stdout)["faults"]
    assert [f["severity"] for f in said] == ["error", "warning", "warning"], said
    assert "rule 'stumbles' fails for" in said[0]["text"] and "schools, such as a school where" in said[0]["text"]
    assert "rule 'never' proposes nothing to any of" in said[1]["text"] and "schools;" in said[1]["text"]
    assert "rule 'covered' is covered by 'one-session-by-law'" in said[2]["text"]


# --- a directory to begin with ---

def test_rule_tests_new(tmp_path):
    made = tmp_path / "rules"
    done = needs("rules", "new", made)
    assert done.returncode == 0 and f"needs rules test {made}" in done.stdout
    assert sorted(str(p.relative_to(made)) for p in made.rglob("*") if p.is_file()) == [
        "10-example.lua", "README.md", "rules.csv", "tests/example.csv", "tests/example.lua"]
    again = needs("rules", "new", made)
    assert again.returncode == 1 and "exists and is not empty; nothing was written" in again.stderr
    (tmp_path / "file").write_text("mine")
    assert needs("rules", "new", tmp_path / "file").returncode == 1 and (tmp_path / "file").read_text() == "mine"
    checked, tested = needs("rules", "check", made), needs("rules", "test", made, "--strict")
    assert checked.returncode == 0 and "0 faults, 2 warnings" in checked.stdout, checked.stdout
    for place in ("10-example.lua:3: rule 'example-observe-behaviour'", "rules.csv:2: rule 'example-network'"):
        assert f"warning: authority/{place}: owner still says '<name of the authority>', which waits to be filled in\n" in checked.stdout
    for name in ("10-example.lua", "rules.csv"):
        (made / name).write_text((made / name).read_text().replace("<name of the authority>", "a < b, c > d"))
    assert "0 faults, 0 warnings" in needs("rules", "check", made).stdout
    assert tested.returncode == 0 and "2 of 2 rules" in tested.stdout, tested.stdout


# --- a directory that is not there ---

@pytest.mark.parametrize("verb", [("check",), ("test",), ("diff",), ("publish",), ("propose",), ("test", "--catalogue"), ("check", "--catalogue")])
def test_rule_tests_a_directory_that_is_not_there(tmp_path, verb):
    """Said before anything is asked: which one, what was expected, and the one that was probably meant."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.csv").write_text("")
    env = {**ENV, "NEEDS_SERVER": "ipc:///nowhere", "NEEDS_AUTHORITY": "888"}

    def said(given):
        args = [verb[0], "./rules", *verb[1:], given] if verb[1:] else [verb[0], given]
        done = subprocess.run([NEEDS, "rules", *args], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, env=env, cwd=tmp_path)
        assert done.returncode == 2 and done.stdout == "", done.stdout
        return done.stderr

    assert said("./rulez") == "needs: there is no directory ./rulez; did you mean ./rules?\n"
    expected = "the directory of the catalogue's tables (.csv)" if verb[1:] else "the directory of rules (.csv, .lua)"
    assert said("./elsewhere/") == f"needs: there is no directory ./elsewhere/; give {expected}\n"
    for path in ("/hom", "/hom/"):
        assert said(path) == f"needs: there is no directory {path}; give {expected}\n"
    assert said("./rules/rules.csv") == f"needs: ./rules/rules.csv is a file; give {expected}, in which it lies\n"


def test_rule_tests_a_word_that_may_be_a_directory(tmp_path):
    (tmp_path / "rules").mkdir()
    env = {**ENV, "NEEDS_SERVER": "ipc:///nowhere", "NEEDS_AUTHORITY": "888"}
    said = [subprocess.run([NEEDS, "rules", *args], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, env=env, cwd=tmp_path)
            for args in (("test", "rulez"), ("publish", "rulez"), ("publish", "spring"), ("check", "rulez"))]
    assert said[0].returncode == 1 and "no test has one of these names or files, and there is no directory 'rulez'; there are" in said[0].stdout
    assert said[1].returncode == 2 and said[1].stderr == "needs: there is no directory rulez; did you mean rules?\n"
    assert said[2].returncode == 2 and "a candidate is named by its hash" in said[2].stderr and "needs rules rollback spring" in said[2].stderr
    assert said[3].returncode == 2 and said[3].stderr == said[1].stderr
