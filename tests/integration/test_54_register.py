"""The open register: every number is held against one that the test counts from what it pushed itself, and small ones stay hidden."""
import collections
import csv
import itertools
import json
import os
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

from advice import ROOT, by_id, reload, rule, write_rules
from daemon import Daemon, build_dir
from door import Fault, event, post, rated

NEEDS = build_dir() / "clients" / "needs" / "needs"
FEW, SCHOOLS, COACH = 5, ("8889901", "8889902"), "coaching.STL3"
NASTY = '<script>alert("x")</script> & <b>bold</b>'


class Town:
    """People, and what the test knows of them: every number below is counted from here."""

    def __init__(self, door, n, level=1):
        self.door, self.people = door, {f"p-{i:02}": SCHOOLS[i % 2] for i in range(n)}
        self.said = []  # (person, response, barrier)
        self.rated = {}  # person -> level since
        self.push(*(e for p in self.people for e in (self.of(post, p), self.of(rated, p, {"STL3": level}, date="2026-08-01"))))

    def of(self, make, person, *args, **more):
        return make(person, *args, school=self.people[person], **more)

    def push(self, *events):
        self.door.settle(self.door.push_good(list(events)))

    def answer(self, people, response, date="2026-09-01", barrier=None, recommendation=COACH, **more):
        self.said += [(p, response, barrier) for p in people]
        self.push(*(event("response.recorded", {"recommendation": recommendation, "date": date, "response": response, "by": "person",
                                                **({"barrier": barrier} if barrier else {})},
                          p, school=self.people[p], time=f"{date}T15:00:00Z", id=f"{p}-{response}-{date}{more.get('tag', '')}") for p in people))

    def rate(self, people, level, date):
        self.rated.update((p, level) for p in people)
        self.push(*(self.of(rated, p, {"STL3": level}, date=date) for p in people))

    def count(self, response):
        return len({p for p, r, _ in self.said if r == response})


@pytest.fixture
def town(tmp_path):
    """Forty assistants with a gap of two levels in STL3, which one rule coaches."""
    write_rules(tmp_path / "rules", {"one": rule("coach", recommend="return coaching {}", competences='"STL3"'),
                                     "two": rule("nobody", competences='"STL4"', roles='"MIDS"')}, True)
    with Daemon(authorities={"888": {"name": "Example", "rules": tmp_path / "rules"}}) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        town = Town(door, 40)
        town.daemon, town.rules = daemon, tmp_path / "rules"
        town.list = lambda **more: door.ask("register", authority="888", **more)
        town.rule = lambda name="coach": next(r for r in town.list()["rules"] if r["rule"] == name)
        advice = [by_id(door.person(p, school=s)) for p, s in town.people.items()]
        assert all(COACH in one for one in advice)
        town.required = advice[0][COACH]["answers"][0]["required"]
        yield town


def shown(n):
    return {"times": n} if n == 0 or n >= FEW else {"times": None, "few": True}


def busy(town):
    """A year of answers: 20 accept, 16 of them complete; 12 decline, 2 contest; who completed is rated or not."""
    names = sorted(town.people)
    accepted, declined, contested = names[:20], names[20:32], names[32:34]
    town.answer(accepted, "accepted")
    for barrier, people in (("no-cover", declined[:6]), ("no-time", declined[6:11]), ("no-money", declined[11:])):
        town.answer(people, "declined", barrier=barrier)
    town.answer(contested, "contested")
    town.door.day("2026-10-01")
    done = accepted[:16]
    town.answer(done, "completed", date="2026-10-01")
    town.answer(done[:3], "evaluated", date="2026-10-01")
    town.door.day("2026-11-01")
    town.rate(done[:6], town.required, "2026-11-01")  # no more than was asked for
    town.rate(done[6:11], town.required - 1, "2026-11-01")
    return done


def expected(town):
    """What the register must say of the rule, small numbers hidden."""
    completed = {p for p, r, _ in town.said if r == "completed"}
    since = {p: town.rated.get(p) for p in completed}
    gaps = collections.Counter("unknown" if n is None else "closed" if n >= town.required else "open" for n in since.values())
    return {r: shown(town.count(r)) for r in ("accepted", "completed", "evaluated", "declined", "contested", "started")} | \
        {"gap": {k: shown(gaps[k]) for k in ("closed", "open", "unknown")}}


def test_register_counts_are_those_of_what_was_pushed(town):
    assert town.rule()["now"] == {"people": 40} and town.rule()["issued"] == {"times": 40}
    done = busy(town)
    one = town.rule()
    for key, value in expected(town).items():
        assert one[key] == value, (key, one)
    assert one["gap"] == {"closed": {"times": 6}, "open": {"times": 5}, "unknown": {"times": 5}}
    # the one who had no money may not be told from the twelve less those with a barrier that is shown
    assert [(b["barrier"], b["times"]) for b in one["barriers"]] == [("no-cover", 6)] and one["barriers_few"]
    now = [p for p, s in town.people.items() if COACH in by_id(town.door.person(p, school=s))]
    assert one["now"] == {"people": len(now)}
    # those who were rated too low are recommended it again: a second round
    assert one["issued"] == {"times": 40 + len(set(done[6:11]))}
    assert town.rule("nobody")["issued"] == {"times": 0}
    assert (one["source"]["id"], one["source"]["detail"], one["source"]["guidance"]) == ("guide-2010", "step-3", "older guidance (2010)")


def test_register_same_bytes_after_a_restart_and_a_verify(town):
    busy(town)
    before = json.dumps(town.list())
    assert json.dumps(town.list()) == before
    town.daemon.stop()
    town.daemon.start()
    town.door.settle()
    assert json.dumps(town.list()) == before
    town.daemon.kill()
    town.daemon.start()
    assert json.dumps(town.list()) == before
    assert town.door.ask("verify", timeout=60)["ok"]


def test_register_forgets_what_was_withdrawn_and_who_was_erased(town):
    names = sorted(town.people)
    town.answer(names[:8], "accepted")
    town.answer(names[8:16], "declined", barrier="no-time")
    assert town.rule()["accepted"] == {"times": 8} and town.rule()["barriers"][0]["times"] == 8
    gone = [p for p in names[8:16] if town.people[p] == SCHOOLS[0]][:1]
    town.push(event("record.withdrawn", {"of": [f"{gone[0]}-declined-2026-09-01"], "reason": "typo"}, None, school=SCHOOLS[0]))
    assert town.rule()["declined"] == {"times": 7} and town.rule()["barriers"][0]["times"] == 7
    town.push(event("person.erase", {"date": "2026-09-01"}, names[0], school=town.people[names[0]]))
    assert town.rule()["accepted"] == {"times": 7} and town.rule()["issued"] == {"times": 39}
    town.push(event("person.restricted", {"date": "2026-09-01", "restricted": True}, names[1], school=town.people[names[1]]))
    assert town.rule()["accepted"] == {"times": 6} and town.rule()["issued"] == {"times": 38}
    before = town.list()
    town.daemon.stop()
    town.daemon.start()
    town.door.settle()
    assert town.list() == before


def test_register_an_answer_goes_to_the_rule_that_had_spoken(town):
    """The rule's name changes, the advice does not: who answered before answered the old one, who answers later the new one."""
    names = sorted(town.people)
    town.answer(names[:6], "accepted")
    town.answer(names[20:26], "evaluated")  # which changes nothing: the next publication is the new rule's
    write_rules(town.rules, {"one": rule("trainer", recommend="return coaching {}", competences='"STL3"'),
                             "zz": rule("coach", recommend="return coaching {}", competences='"STL4"') +
                                   rule("agreed", recommend="return shadowing {}", competences='"STL4"')}, True)
    assert reload(town.daemon)
    town.door.settle()
    town.answer(names[6:20], "accepted")
    town.answer(names[:6], "started")  # of what had been accepted from the old rule
    old, new = town.rule("coach"), town.rule("trainer")
    assert (old["accepted"], old["started"]) == ({"times": 6}, {"times": 6}) and old["now"] == {"people": 0}
    assert old["evaluated"] == {"times": 6} and new["evaluated"] == {"times": 0}
    assert town.rule("agreed")["issued"] == {"times": 0}  # what the daemon itself calls so is no rule
    assert new["accepted"] == {"times": 14} and new["started"] == {"times": 0} and new["now"] == {"people": 40}


# --- small numbers ---

def test_register_hides_what_few_stand_behind(town):
    names = sorted(town.people)
    for n in range(1, 8):
        town.answer(names[n - 1:n], "accepted")
        assert town.rule()["accepted"] == shown(n)
    town.answer(names[7:37], "accepted")  # 37 of 40: three could be alone in not having accepted
    one = town.rule()
    assert one["accepted"] == {"times": 37} and one["issued"] == {"times": None, "few": True}
    words = " ".join(needs(town.daemon, "--rule", "coach").split())
    assert "the total is not shown" in words and "in total fewer" not in words  # it is no small number


def test_register_hides_a_rule_that_spoke_to_few(tmp_path):
    write_rules(tmp_path / "rules", {"one": rule("coach", recommend="return coaching {}", competences='"STL3"')}, True)
    with Daemon(authorities={"888": {"rules": tmp_path / "rules"}}) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        town = Town(door, 4)
        town.answer(["p-00"], "declined", barrier="no-time")
        one, = door.ask("register", authority="888")["rules"]
        hidden = {"times": None, "few": True}
        assert one["now"] == {"people": None, "few": True} and one["barriers"] == [] and one["barriers_few"]
        for key in ("issued", "accepted", "started", "completed", "evaluated", "declined", "contested"):
            assert one[key] == hidden, key
        assert one["gap"] == {"closed": hidden, "open": hidden, "unknown": hidden}


def test_register_no_hidden_number_can_be_worked_out(town):
    """Whatever barriers people name: of a total that is shown, what is hidden is none, or five at least and two kinds at least."""
    names = sorted(town.people)
    barriers = ["no-time", "no-cover", "no-money", "outside-hours"]
    turns = itertools.accumulate([1, 2, 1, 3, 1, 5, 2, 1, 6])
    start = 0
    for i, end in enumerate(turns):
        town.answer(names[start:end], "declined", barrier=barriers[i % len(barriers)])
        start = end
        one = town.rule()
        truth = collections.Counter(b for _, r, b in town.said if r == "declined")
        told = {b["barrier"]: b["times"] for b in one["barriers"]}
        assert all(truth[b] == n >= FEW for b, n in told.items()), (truth, one)
        if one["declined"]["times"] is None:
            assert sum(truth.values()) < FEW and not told
            continue
        rest = one["declined"]["times"] - sum(told.values())
        assert rest == 0 or rest >= FEW, (truth, one)
        assert bool(rest) == ("barriers_few" in one)
        assert rest == 0 or sum(b not in told for b in truth) >= 2 or not told, (truth, one)


# --- since when, by whom ---

def test_register_since_the_rule_has_read_so(town):
    first = {r["rule"]: r["unchanged"] for r in town.list()["rules"]}
    assert first["coach"]["of"] == "file" and first["coach"]["since"] == town.list()["serving"]["since"]
    text = (town.rules / "one.lua").read_text()
    (town.rules / "one.lua").write_text(text.replace("coaching {}", "coaching { weeks = 2 }"))
    assert reload(town.daemon)
    second = {r["rule"]: r["unchanged"] for r in town.list()["rules"]}
    assert second["nobody"] == first["nobody"] and second["coach"]["since"] > first["coach"]["since"]
    assert town.list()["serving"]["since"] == second["coach"]["since"]
    (town.rules / "one.lua").write_text(text)  # as it was, but with a break
    assert reload(town.daemon)
    third = {r["rule"]: r["unchanged"] for r in town.list()["rules"]}
    assert third["coach"]["since"] > second["coach"]["since"] and third["nobody"] == first["nobody"]
    town.daemon.stop()
    town.daemon.start()
    assert {r["rule"]: r["unchanged"] for r in town.list()["rules"]} == third
    assert third["coach"]["by"] is None and third["coach"]["approved_by"] is None  # the configuration


# --- roles ---

def rows(name):
    with open(ROOT / "rules" / "catalogue" / f"{name}.csv", newline="") as file:
        return list(csv.DictReader(file))


def profile(role):
    """Competences that the catalogue asks of a role: everybody's, its family's, its own."""
    family = next(r["family"] for r in rows("roles") if r["role"] == role)
    return {r["competence"] for r in rows("profiles") if r["scope"] in ("all", f"family:{family}", f"role:{role}")}, family


def applying(every, role):
    """Names of the rules that apply, by the catalogue's own files."""
    asked, family = profile(role)
    for r in every:
        scope = r["scope"]
        named = role in scope.get("roles", []) or family in scope.get("families", []) or not scope.keys() & {"roles", "families"}
        if named and ("competences" not in scope or any(c in asked or c.split("/")[-1] in asked for c in scope["competences"])):
            yield r["rule"]


def test_register_of_a_role_is_what_the_catalogue_says(tmp_path):
    own = [rule("cook", competences='"X.COOK"'), rule("site", families='"site"'), rule("tass", roles='"TASS"'),
           rule("both", roles='"MIDS"', families='"learning-support"'), rule("family", families='"learning-support"', competences='"X.COOK"')]
    with Daemon(authorities={"888": {"rules": write_rules(tmp_path / "rules", {"own": "".join(own)})}}) as daemon:
        door = daemon.door()
        every = door.ask("register", authority="888")["rules"]
        seen = set()
        for role in ("TASS", "MIDS", "COOK", "CARE"):
            if not any(r["role"] == role for r in rows("roles")):
                continue
            answer = door.ask("register", authority="888", role=role)
            want = list(applying(every, role))
            assert [r["rule"] for r in answer["rules"]] == want, role
            assert answer["role"]["code"] == role and all(r["applies"] for r in answer["rules"])
            seen.add(tuple(set(want) & {"cook", "site", "tass", "both", "family"}))
        assert len(seen) > 1
        with pytest.raises(Fault, match="did you mean TASS"):
            door.ask("register", authority="888", role="TASSS")


# --- rules for a whole school ---


def test_register_counts_the_schools_that_a_rule_advises(tmp_path):
    share = rule("share", "return cohort.count >= 4", "return inset {}", competences='"STL3"', families='"learning-support"')
    share = share.replace("rule ", "school_rule ", 1).replace("(need, person, school)", "(cohort, school)")
    write_rules(tmp_path / "rules", {"one": share + rule("coach", recommend="return coaching {}", competences='{ "not STL3", "not STL4" }')}, True)
    with Daemon(authorities={"888": {"rules": tmp_path / "rules"}}) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        Town(door, 7)  # four in one school, three in the other
        rules = {r["rule"]: r for r in door.ask("register", authority="888", role="TASS")["rules"]}
        assert rules["share"]["now"] == {"schools": 1} and "issued" not in rules["share"] and "gap" not in rules["share"]
        assert rules["share"]["speaks_to"] == "Speaks to each school as a whole, for the role family Learning support in the classroom (learning-support), on STL3."
        assert rules["coach"]["now"] == {"people": 0} and "on any competence but STL3 and STL4" in rules["coach"]["speaks_to"]
        table = needs(daemon)
        assert next(line for line in table.splitlines() if line.strip().startswith("share ")).rstrip().endswith("1 school")
        one = " ".join(needs(daemon, "--rule", "share").split())
        assert "now to 1 school as a whole" in one and "nobody" not in one and "never" not in one
        assert '<td class="n">1 school</td><td class="n"></td>' in needs(daemon, "--page", "-").replace("\n", "")


# --- for people ---

def needs(daemon, *args, status=0):
    env = {k: v for k, v in os.environ.items() if not k.startswith("NEEDS_")}
    env |= {"HOME": str(daemon.dir), "NEEDS_SERVER": daemon.endpoint, "NEEDS_AUTHORITY": "888"}
    done = subprocess.run([NEEDS, "rules", "list", *args], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == status, (args, done)
    return done.stdout + done.stderr


def test_register_as_the_command_prints_it(town):
    busy(town)
    table = needs(town.daemon)
    assert table.startswith("Rules of Example (888)\n") and "published by the daemon's configuration" in " ".join(table.split())
    coach = next(line for line in table.splitlines() if line.strip().startswith("coach "))
    assert coach.split()[-4:] == [str(town.rule()["now"]["people"]), "20", "12", "6"]
    one = needs(town.daemon, "--rule", "coach")
    for words in ("accepted 20 times", "declined 12 times (Nobody to cover my work: 6; other reasons: fewer than 5 each)", "contested fewer than 5 times",
                  "completed 16 times; since rated at the required level: 6; since rated lower: 5",
                  "A guide for school leaders", "older guidance (2010)", "Tests", "authority/one.lua, line 1"):
        assert words in " ".join(one.split()), (words, one)
    role = needs(town.daemon, "--role", "TASS")
    assert "apply to Teaching Assistant (TASS)" in role and "\n  coach " in role and "\n  nobody " not in role
    assert "did you mean coach?" in needs(town.daemon, "--rule", "coahc", status=1)
    assert json.loads(needs(town.daemon, "--json"))["rules"] == town.list()["rules"]


def test_register_page_is_whole_and_escapes_everything(town, tmp_path):
    write_rules(town.rules, {"one": rule("coach", recommend="return coaching {}").replace("A rule of the tests", NASTY.replace('"', '\\"'))}, True)
    assert reload(town.daemon)
    town.door.settle()
    file = tmp_path / "rules.html"
    assert needs(town.daemon, "--page", str(file)) == f"{file}: 1 rule\n"
    page = file.read_text()
    assert page == needs(town.daemon, "--page", "-") and not list(tmp_path.glob("*.new"))
    assert page.startswith("<!DOCTYPE html>") and NASTY not in page and "<script" not in page and "<b>" not in page
    tree = ElementTree.fromstring(page)  # well-formed to the last tag
    assert tree.tag == "html" and tree.get("lang") == "en-GB"
    texts = ["".join(e.itertext()) for e in tree.iter()]
    assert NASTY in texts  # as it was written, and nothing that a browser would run
    tags = [e.tag for e in tree.iter()]
    assert tags.count("h1") == 1 and "h2" in tags and "h3" in tags and tags.count("table") == tags.count("caption") == 1
    assert not {"script", "img", "link", "iframe", "object"} & set(tags)
    assert not any(v.startswith(("http", "//")) for e in tree.iter() for k, v in e.attrib.items() if k in ("href", "src"))
    ids = {e.get("id") for e in tree.iter() if e.get("id")}
    assert all(e.get("href")[1:] in ids for e in tree.iter("a"))
    assert "never a decision" in page and "published by the daemon&#39;s configuration" in page
