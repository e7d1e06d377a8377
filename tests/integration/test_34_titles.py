"""Job titles: a post where no role is said, the queue of those that wait, and what the authority may see of it."""
import csv
import io
import json
import os
import subprocess
import time

import pytest

from daemon import ROOT, Daemon, build_dir
from door import Fault, event, post, rated

NEEDS = build_dir() / "clients" / "needs" / "needs"
SCHOOLS = ["8889901", "8889902", "8889903"]
OVERLAY_HEAD = "key,title,role,note,provenance,certainty\n"


def titled(subject, title, school="8889901", **more):
    return event("person.recorded", {"roles": [], "title": title, **more.pop("data", {})}, subject, school=school, **more)


@pytest.fixture
def served(tmp_path):
    """A daemon with an authority's own, still empty overlay."""
    catalogue = tmp_path / "catalogue"
    catalogue.mkdir()
    with Daemon(authorities={"888": {"name": "Example", "catalogue": catalogue}}) as daemon:
        daemon.overlay = catalogue / "titles.csv"
        door = daemon.door()
        door.day("2026-09-01")
        daemon.main_door = door
        yield daemon


def reload(daemon):
    before = daemon.main_door.ask("catalogue", authority="888")["hash"]
    daemon.hup()
    until = time.monotonic() + 60
    while daemon.main_door.ask("catalogue", authority="888")["hash"] == before:
        assert time.monotonic() < until, "the overlay was not taken"
        time.sleep(0.02)
    daemon.main_door.settle()


def needs(daemon, *args, school=None, status=0):
    env = {k: v for k, v in os.environ.items() if not k.startswith("NEEDS_")} | {
        "NEEDS_SERVER": daemon.endpoint, "NEEDS_AUTHORITY": "888", "HOME": str(daemon.dir),
        "PATH": f"{build_dir() / 'daemon'}:{os.environ['PATH']}", "NEEDS_SHARE": str(ROOT / "rules"), "NEEDS_WORKER": str(build_dir() / "daemon" / "needs-rules"), **({"NEEDS_SCHOOL": school} if school else {})}
    done = subprocess.run([NEEDS, *args], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == status, (args, done)
    needs.beside = done.stderr
    return done.stdout + ("" if "--csv" in args else done.stderr)


def test_titles_a_sure_title_is_a_post_and_says_so(served):
    door = served.main_door
    door.settle(door.push_good([titled("p-1", "Caretaker"), rated("p-1", {"X.SAFE": 1}), post("p-2", role="CTKR"),
                                rated("p-2", {"X.SAFE": 1})]))
    by_title, by_role = door.person("p-1"), door.person("p-2")
    assert by_title["posts"] == by_role["posts"] == ["CTKR"]
    assert {n["competence"] for n in by_title["needs"]} == {n["competence"] for n in by_role["needs"]}
    assert by_title["title"] == {"written": "Caretaker", "role": "CTKR", "role_title": "Caretaker", "certainty": "high", "waits": False,
                                 "from": "2026-09-01"}
    assert "title" not in by_role
    assert by_title["recommendations"]
    assert door.ask("explain", authority="888", school="8889901", person="p-1")["title"]["role"] == "CTKR"
    for command, words in ((["show"], "Caretaker\n"), (["show", "--detail"], "Caretaker, CTKR\n"), (["explain"], "Caretaker, CTKR\n")):
        assert f'Post taken from the job title: "Caretaker" is {words}' in needs(served, *command, "p-1", school="8889901")
        assert "job title" not in needs(served, *command, "p-2", school="8889901")
    assert door.ask("verify", timeout=60)["ok"]


def test_titles_from_the_queue_to_needs(served):
    """Pushed, waiting, mapped with the rows that --csv prints, read again: the post is there and the queue is empty."""
    door = served.main_door
    position = door.push_good([e for i, school in enumerate(SCHOOLS) for e in (
        titled(f"p-{i}", ["Site angel", "site ANGEL", "Site-angel"][i], school), rated(f"p-{i}", {"X.SAFE": 1}, school=school))])
    door.settle(position)
    for i, school in enumerate(SCHOOLS):
        person = door.person(f"p-{i}", school=school)
        assert person["posts"] == [] and person["needs"] == [] and person["title"]["waits"]
    shown = " ".join(needs(served, "show", "p-0", school=SCHOOLS[0]).split())
    assert "no post: see needs titles" in needs(served, "show", school=SCHOOLS[0])
    assert door.ask("school", authority="888", school=SCHOOLS[0])["persons"][0]["title_waits"] is True
    assert 'the job title "Site angel" has no role yet' in shown and "see needs titles" in shown
    said = needs(served, "titles")
    assert "[roles] of your mapping" in needs(served, "titles", school=SCHOOLS[0]) and "titles.csv" in said and "[roles]" not in said
    assert "site angel" in said and "titles.csv" in said
    lines = needs(served, "titles", "--csv")
    assert lines == OVERLAY_HEAD + 'site angel,"site angel",,,mapped by the authority,high\n'
    assert "these are for titles.csv in the catalogue directory of 888" in needs.beside and "--csv --no-header" in needs.beside
    assert needs(served, "titles", "--csv", "--no-header") == lines.removeprefix(OVERLAY_HEAD) and "append these" in needs.beside
    assert "--no-header goes with --csv" in needs(served, "titles", "--no-header", status=2)
    assert door.ask("health")["authorities"][0]["titles_waiting"] == 1
    assert "see needs titles --all" in " ".join(needs(served, "status").split())
    # not filled in, it is refused with its place, and nothing changes
    served.overlay.write_text(lines)
    assert "titles.csv:2:role" in needs(served, "catalogue", "check", str(served.overlay.parent), status=1)
    served.overlay.write_text(lines.replace('",,', '",CTKR,'))
    needs(served, "catalogue", "check", str(served.overlay.parent))
    reload(served)
    for i, school in enumerate(SCHOOLS):
        person = door.person(f"p-{i}", school=school)
        assert person["posts"] == ["CTKR"] and person["needs"] and person["recommendations"]
    assert door.ask("titles", authority="888") == {"day": "2026-09-01", "titles": [], "others": 0, "schools_at_least": 3}
    assert "None" in needs(served, "titles", school=SCHOOLS[0])
    assert door.ask("health")["authorities"][0]["titles_waiting"] == 0
    assert "needs titles" not in " ".join(needs(served, "status").split())
    assert "title_waits" not in door.ask("school", authority="888", school=SCHOOLS[0])["persons"][0]
    # and taken away again, the advice goes with it
    served.overlay.unlink()
    reload(served)
    assert door.person("p-0")["posts"] == [] and door.person("p-0")["recommendations"] == []
    assert door.ask("verify", timeout=60)["ok"]


def test_titles_of_few_schools_never_reach_the_authority(served):
    door = served.main_door
    schools = [f"88899{i:02}" for i in range(1, 7)]
    pushed = [titled("p-1", "Keeper of the owls", schools[0]), titled("p-1", "keeper of the Owls", schools[1])]
    pushed += [titled(f"p-{i}", "Tuck shop fairy", schools[2]) for i in range(2, 12)]  # many people of one school are one school
    pushed += [titled("p-20", "Academic mentor", school) for school in schools[:4]]
    door.settle(door.push_good(pushed))
    answer = door.ask("titles", authority="888")
    assert answer["titles"] == [{"title": "academic mentor", "schools": 4, "suggestion": {
        "role": "TASS", "role_title": "Teaching Assistant", "certainty": "low", "note": "could be another role: ask"}}]
    assert answer["others"] == 2
    for text in (json.dumps(answer), needs(served, "titles"), needs(served, "titles", "--csv"), needs(served, "titles", "--json")):
        assert "academic mentor" in text
        for secret in ["owls", "fairy", "p-1", *schools]:
            assert secret not in text.lower()
    own = door.ask("titles", authority="888", school=schools[2])
    assert [(t["title"], t["written"], t["people"]) for t in own["titles"]] == [
        ("academic mentor", "Academic mentor", 1), ("tuck shop fairy", "Tuck shop fairy", 10)]
    assert "owls" not in json.dumps(own).lower()
    # a third school, and it is one of the authority's
    door.settle(door.push_good(titled("p-1", "Keeper of the Owls", schools[5])))
    answer = door.ask("titles", authority="888")
    assert [t["title"] for t in answer["titles"]] == ["academic mentor", "keeper of the owls"] and answer["others"] == 1
    assert answer["titles"][1] == {"title": "keeper of the owls", "schools": 3, "suggestion": None}
    # who has left, and who must not be looked at, does not count
    door.settle(door.push_good([event("person.left", {"date": "2026-09-01", "reason": "left"}, "p-1", school=schools[0], time="2026-09-01T10:00:00Z"),
                                event("person.restricted", {"date": "2026-09-01", "restricted": True}, "p-20", school=schools[0])]))
    answer = door.ask("titles", authority="888")
    assert [(t["title"], t["schools"]) for t in answer["titles"]] == [("academic mentor", 3)] and answer["others"] == 2


def test_titles_a_suggestion_is_ready_to_paste(served):
    door = served.main_door
    door.settle(door.push_good([titled("p-1", "Academic mentor", school) for school in SCHOOLS]))
    lines = needs(served, "titles", "--csv")
    assert next(csv.DictReader(io.StringIO(lines))) == {"key": "academic mentor", "title": "academic mentor", "role": "TASS", "note": "",
                                                        "provenance": "mapped by the authority", "certainty": "high"}
    served.overlay.write_text(lines)
    reload(served)
    assert door.person("p-1")["posts"] == ["TASS"] and not door.ask("titles", authority="888")["titles"]


def test_titles_odd_ones(served):
    """A title without a letter to compare waits, and is one that only its school sees; a quoted one stays one cell."""
    door = served.main_door
    door.settle(door.push_good([titled("p-1", "Ωδός", school) for school in SCHOOLS] + [titled("p-2", '"Nana", kitchen', SCHOOLS[0])]))
    assert door.ask("titles", authority="888")["titles"] == [] and door.ask("titles", authority="888")["others"] == 2
    assert [t["written"] for t in door.ask("titles", authority="888", school=SCHOOLS[1])["titles"]] == ["Ωδός"]
    rows = list(csv.DictReader(io.StringIO(needs(served, "titles", "--csv", school=SCHOOLS[0]))))
    assert [(r["key"], r["title"]) for r in rows] == [("nana kitchen", '"Nana", kitchen')]
    door.settle(door.push_good(titled("p-2", '=HYPERLINK("x")', SCHOOLS[0])))
    assert "hyperlink x,\"hyperlink x\"," in needs(served, "titles", "--csv", school=SCHOOLS[0])  # no spreadsheet runs it


def test_titles_what_cannot_be_asked(served):
    door = served.main_door
    for fault, body in (("missing", {}), ("unknown-authority", {"authority": "999"}), ("not-found", {"authority": "888", "school": "8880000"})):
        with pytest.raises(Fault) as refused:
            door.ask("titles", **body)
        assert refused.value.codes == [fault]


def test_titles_before_the_first_day(needsd):
    with pytest.raises(Fault) as refused:
        needsd.door().ask("titles", authority="888")
    assert refused.value.codes == ["no-day"]


STAFF = """person,role,title,start,end
p-1,,Caretaker,2024-09-01,
p-2,,Site angel,2024-09-01,
p-3,TASS,,2024-09-01,
p-3,,Site angel,2025-09-01,
p-4,,Site angel,2024-09-01,2025-07-20
p-5,,,2024-09-01,
"""


def test_titles_of_a_staff_list_wait_like_all_others(served, tmp_path):
    """A title without a role is sent as it is where it is all that a person has; where it would lose something it is refused."""
    sheet = tmp_path / "staff.csv"
    sheet.write_text(STAFF)
    said = needs(served, "push", "--date", "2026-09-01", str(sheet), school="8889901", status=1)
    assert "2 accepted, 0 already known, 4 rejected" in said
    for text in ("row 4: missing: not sent, because row 5", "row 5, column C (title): missing: 'Site angel' has no role, and the person has another row",
                 "row 6, column E (end): missing: only a post with a role can end", "row 7, column B (role): missing: no role and no job title"):
        assert text in said, text
    served.main_door.settle()
    assert served.main_door.person("p-1")["posts"] == ["CTKR"] and served.main_door.person("p-2")["posts"] == []
    waiting = served.main_door.ask("titles", authority="888", school="8889901")["titles"]
    assert [(t["title"], t["people"]) for t in waiting] == [("site angel", 1)]
