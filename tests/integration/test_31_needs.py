"""The command line: what it remembers, in which order its answers count. What it says of itself is test_35's."""
import datetime
import json
import os
import re
import subprocess

import pytest

from daemon import ROOT, Daemon, build_dir
from door import event, post, rated

pytestmark = pytest.mark.slow

NEEDS = build_dir() / "clients" / "needs" / "needs"
HEAD = "person,date,competence,level,evidence,by\n"


@pytest.fixture
def needs(needsd, tmp_path):
    """The command, with a home and a state of its own, at the door of a daemon whose day is 1 September 2026."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("NEEDS_")}
    env |= {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "NEEDS_SERVER": needsd.endpoint, "NEEDS_AUTHORITY": "888", "NEEDS_SCHOOL": "8889901"}

    def run(*args, status=0):
        done = subprocess.run([NEEDS, *args], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        assert done.returncode == status, (args, done)
        return done.stdout + done.stderr

    run.env, run.door = env, needsd.door()
    run.door.day("2026-09-01")
    return run


def recommended(needs, person):
    """The ids of all that is recommended to somebody new; last what the law requires, which cannot be declined away."""
    needs.door.settle(needs.door.push_good([post(person), rated(person, {"STL3": 1})]))
    recommendations = needs.door.person(person)["recommendations"]
    return [r["recommendation"] for r in sorted(recommendations, key=lambda r: r["group"] == "law")]


def responses(needs, person, recommendation):
    needs.door.settle()
    answer = needs.door.ask("recommendation", authority="888", school="8889901", person=person, recommendation=recommendation)
    return [r["response"] for r in answer["responses"]]


def stands(needs, person):
    needs.door.settle()
    return {r["recommendation"] for r in needs.door.person(person)["recommendations"]}


# --- respond ---

@pytest.mark.parametrize("by", ["person", "manager"])
def test_needs_respond_the_later_answer_of_a_day_counts(needs, by):
    """Many persons, so that no order by chance passes: no matter who answers, what was declined last stands no longer."""
    for i in range(6):
        person = f"p-{i}"
        first = recommended(needs, person)[0]
        needs("respond", person, first, "accepted", "--date", "2026-09-01")
        assert first in stands(needs, person)
        needs("respond", person, first, "declined", "--date", "01/09/2026", "--by", by)
        assert first not in stands(needs, person), person


def test_needs_respond_a_change_of_mind_supersedes(needs):
    first = recommended(needs, "p-1")[0]
    for word, expected in [("completed", "recorded"), ("accepted", "recorded"), ("accepted", "already known"), ("evaluated", "recorded"),
                           ("declined", "recorded"), ("accepted", "recorded"), ("accepted", "already known")]:
        assert needs("respond", "p-1", first, word, "--date", "2026-09-01").splitlines()[0] == f"{expected}: {word}"
        needs.door.settle()
    needs.door.settle()
    assert first in stands(needs, "p-1")  # the completion is taken back
    assert sorted(responses(needs, "p-1", first)) == ["accepted", "evaluated"]


def test_needs_respond_a_rejected_answer_supersedes_nothing(needs):
    first = recommended(needs, "p-1")[0]
    needs("respond", "p-1", first, "completed", "--date", "2026-09-01")
    needs("respond", "p-1", first, "declined", "--date", "2026-09-01", "--barrier", "no-such-barrier", status=1)
    needs("respond", "p-1", first, "accepted", "--date", "2026-09-01")
    assert responses(needs, "p-1", first) == ["accepted"]


def test_needs_respond_a_lost_reply_and_a_lost_state(needs, tmp_path):
    """What was typed at a daemon that was not there is the same event later; a completion is one even from two desks."""
    first = recommended(needs, "p-1")[0]
    needs("--server", f"ipc://{tmp_path}/none", "respond", "p-1", first, "accepted", "--date", "2026-09-01", status=3)
    assert needs("respond", "p-1", first, "accepted", "--date", "2026-09-01").splitlines()[0] == "recorded: accepted"
    assert needs("respond", "p-1", first, "accepted", "--date", "2026-09-01").strip() == "already known: accepted"
    needs.env["XDG_STATE_HOME"] = str(tmp_path / "desk-1")
    assert needs("respond", "p-1", first, "completed", "--date", "2026-08-31").splitlines()[0] == "recorded: completed"
    needs.env["XDG_STATE_HOME"] = str(tmp_path / "desk-2")
    assert needs("respond", "p-1", first, "completed", "--date", "2026-08-31").strip() == "already known: completed"


def test_needs_respond_takes_today_by_itself(needs):
    """Without a date: the clock's."""
    before = datetime.datetime.now(datetime.timezone.utc).date()
    needs.door.day(max(before.isoformat(), "2026-09-01"))
    first = recommended(needs, "p-1")[0]
    needs("respond", "p-1", first, "accepted")
    needs.door.settle()
    answer = needs.door.ask("recommendation", authority="888", school="8889901", person="p-1", recommendation=first)
    after = datetime.datetime.now(datetime.timezone.utc).date()
    assert [r["date"] for r in answer["responses"]][0] in (before.isoformat(), after.isoformat())


def test_needs_respond_notes_what_does_not_count_now(needs):
    """It is recorded all the same; of the current advice, and of the day itself, there is no note."""
    first = recommended(needs, "p-1")[0]
    assert needs("respond", "p-1", first, "declined", "--date", "2026-09-01") == "recorded: declined\nundo with: needs push --undo 1\n"
    assert first not in stands(needs, "p-1")
    assert needs("respond", "p-1", "coaching.STL4", "accepted", "--date", "2026-10-01", "--ahead") == (
        "recorded: accepted\nundo with: needs push --undo 2\nnote: coaching.STL4 is not recommended to p-1 now\n"
        "note: the daemon's day is 1 September 2026; this counts from 1 October 2026 on\n")


# --- show and explain ---

def test_needs_show_nobody_with_a_post(needs):
    needs.door.settle(needs.door.push_good(rated("p-9999", {"STL3": 1})))
    shown = " ".join(needs("show", "p-9999").split())
    assert "No post is recorded for this person, so there are no needs and no recommendations." in shown
    assert "is reached" not in shown


def test_needs_explain_says_what_is_not_there(needs):
    first = recommended(needs, "p-1")[0]
    needs.door.settle(needs.door.push_good([rated("p-1", {"STL4": 4}), rated("p-9", {"STL4": 1})]))
    assert "a recommendation is <kind>.<id>; for a competence use --competence STL3" in needs("explain", "p-1", "STL3", status=2)
    met = needs("explain", "p-1", "--competence", "STL4", "--full")
    assert "Now can teach others (4); met: nothing more is needed now." in met and "      can teach others (4), manager" in met
    assert "needed" not in met.split("met:")[0] and "No rule" not in met
    unrated = needs("explain", "p-9", "--competence", "STL3", "--full")
    assert "Now not yet rated; not needed now." in unrated and "Nobody has rated this yet.\n" in unrated
    said = needs("explain", "p-1", "coaching.STL4", "--full", status=1)  # and why not
    assert "needs: nothing proposes coaching.STL4 to p-1 now\n" in said and "The competences it would develop, and what the rules say about each:\n" in said
    alone = needs("explain", "p-1", "--competence", "STL4", "--full")
    assert said.split("about each:\n")[1].split("needs: ")[0].strip() in alone and "(STL4)\n" in said
    assert "needs explain p-1 --competence CODE explains why not" in needs("explain", "p-1", "coaching.NOPE", "--full", status=1)
    assert first in needs("explain", "p-1", first)


def test_needs_explain_in_short(needs):
    """Sentences that fold; what nothing proposes has exit status 1 and the nearest way in."""
    first = recommended(needs, "p-1")[0]
    needs.door.settle(needs.door.push_good(rated("p-1", {"STL4": 2}, date="2026-08-20")))
    said = needs("explain", "p-1", first)
    assert f"[{first}]" in said and "  Recommended: " in said and " (rule " not in said and "it read: " not in said and "nearest way in" not in said
    assert re.search(r"Now with support \(2\), by your manager's view of 20 August 2026; needed alone \(3\), essential", needs("explain", "p-1", "--competence", "STL4").replace("\n    ", " "))
    wanted = needs("explain", "p-1", "coaching.STL4", status=1)
    assert "needs: nothing proposes coaching.STL4 to p-1 now\n" in wanted
    assert "1. If a colleague were available as coach: it would be recommended. [coaching.STL4]" in wanted.split("What would make it possible\n")[1]
    never = needs("explain", "p-1", "--competence", "STL55")
    assert "Now not yet rated; not needed now." in never and "  Nothing for it.\n" in never and "as a wish: Finding out would be" in never
    assert needs("explain", "p-1", "coaching.NOPE", status=1) == "needs: the catalogue holds no coaching.NOPE; needs catalogue find WORD... searches it\n"
    told = json.loads(needs("--json", "explain", "p-1", first))  # for programs, the long form as ever
    assert first in told["recommendations"] and "ratings" in told["needs"][0] and "proposed" not in told


def test_needs_names_what_is_not_known(needs):
    recommended(needs, "p-1")
    assert needs("show", "Jane", status=1) == "needs: this daemon has no records of Jane in school 8889901\n"
    assert needs("explain", "Jane", status=1) == "needs: this daemon has no records of Jane in school 8889901\n"
    assert needs("--school", "8889999", "show", status=1) == "needs: this daemon has no records of school 8889999\n"
    assert needs("explain", "p-1", "--competence", "STL999", status=1) == "needs: the catalogue holds no competence STL999\n"


def test_needs_status_has_one_figure_on_disk(needs):
    assert re.search(r"^  on disk +[0-9.]+ MiB$", needs("status"), re.M)


HEADINGS = "rule,recommend,about,source,owner\n"


def checked(kind, directory, *more):
    """Status and lines of the daemon's checker."""
    daemon = build_dir() / "daemon"
    done = subprocess.run([daemon / "needsd", f"--check-{kind}", directory, "--share", ROOT / "rules", "--worker", daemon / "needs-rules", *more],
                          capture_output=True, text=True, timeout=60)
    assert not done.stderr, done
    return done.returncode, done.stdout.splitlines()


def test_needs_rules_check_of_a_directory_without_rules(tmp_path):
    """Nothing of the author's would serve: a fault, and what lies there instead is named."""
    none = f"{tmp_path}: holds no .lua or .csv file; name the directory in which they lie"
    assert checked("rules", tmp_path) == (1, [none, "1 fault, 0 warnings"])
    (tmp_path / "rules.txt").write_text(HEADINGS)
    (tmp_path / "README.txt").write_text("hello")
    unread = f"{tmp_path}/rules.txt: is not read; if it is a table, save it as CSV (UTF-8), else keep it elsewhere"
    assert checked("rules", tmp_path) == (1, [f"warning: {unread}", none, "1 fault, 1 warning"])


def test_needs_rules_check_of_files_without_a_rule(tmp_path):
    """As empty as no file at all; beside a rule it is only doubtful."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "rules.csv").write_text(HEADINGS)
    warned = "warning: authority/rules.csv:1: has headings and no row below them, so it holds no rule"
    for replaced in (False, True):
        if replaced:
            (own / ".replace-default").touch()
        status, lines = checked("rules", own)
        assert status == 1 and warned in lines and f"{own}: none of its files holds a rule, so that none of your own would serve" in lines, lines
    (own / "more.csv").write_text(HEADINGS + "mine,coaching,A rule of the tests,guide-2010/step-3,Tests\n")
    (own / ".replace-default").unlink()
    status, lines = checked("rules", own)
    assert status == 0 and warned in lines and lines[-1].startswith("0 faults, "), lines


def test_needs_rules_check_names_what_is_not_read(tmp_path):
    """Beside a table that is; of the rules, of the catalogue, and of the directories of a configuration."""
    rules, catalogue = tmp_path / "rules", tmp_path / "catalogue"
    for directory, name in ((rules, "rules.csv"), (catalogue, "titles.csv")):
        directory.mkdir()
        (directory / "extra.CSV").write_text("")
        (directory / name).write_text(HEADINGS + "mine,coaching,A rule of the tests,guide-2010/step-3,Tests\n" if directory == rules else
                                      "key,title,role,note,provenance,certainty\n")
    unread = [f"warning: {directory}/extra.CSV: is not read; write the end of its name in small letters" for directory in (catalogue, rules)]
    status, lines = checked("rules", rules, "--with-catalogue", catalogue)
    assert status == 0 and [line for line in lines if "is not read" in line] == unread, lines
    assert checked("catalogue", catalogue) == (0, [unread[0], "271 competences", NOT_COUNTED, "0 faults, 1 warning"])
    conf = tmp_path / "needsd.conf"
    conf.write_text(f"[daemon]\ndata = {tmp_path}\ndoor = ipc://{tmp_path}/door\nshare = {ROOT / 'rules'}\nworker = {build_dir() / 'daemon' / 'needs-rules'}\n"
                    f"[authority 888]\nname = Example\nrules = {rules}\n")
    done = subprocess.run([build_dir() / "daemon" / "needsd", "--check", "--config", conf], capture_output=True, text=True, timeout=60)
    assert f"warning: [authority 888] {unread[1].removeprefix('warning: ')}" in done.stdout, done


def test_needs_rules_propose_of_files_without_a_rule(needs, tmp_path):
    """Refused by the daemon, not kept, and what the command does not send it names."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "rules.csv").write_text(HEADINGS)
    (own / "rules.tsv").write_text(HEADINGS)
    for verb in ("propose", "publish"):
        said = needs("rules", verb, str(own), "--as", "jo", status=1)
        assert "authority/: none of its files holds a rule, so that none of your own would serve\n" in said, said
        assert f"needs: {own}/rules.tsv is not read: save it as CSV (UTF-8)\n" in said, said
    refused = needs.door.request("propose", {"authority": "888", "rules": {"rules.csv": HEADINGS}})
    assert not refused["ok"] and "no such candidate" in needs("rules", "publish", refused["candidate"], "--as", "jo", status=1)
    assert needs.door.request("propose", {"authority": "888", "rules": {}})["ok"]  # the shipped ones alone, said aloud


# --- push ---

@pytest.mark.parametrize("content,said", [(b"", "is empty"), (b"PK\x03\x04rest", "is not text; in the spreadsheet program choose Save as, CSV"),
                                          (b"\xd0\xcf\x11\xe0\0\0", "is not text; in the spreadsheet program choose Save as, CSV")])
def test_needs_push_what_is_no_table(needs, tmp_path, content, said):
    (tmp_path / "a.xlsx").write_bytes(content)
    for command in ("push", "check"):
        assert needs(command, str(tmp_path / "a.xlsx"), status=1) == f"needs: {tmp_path / 'a.xlsx'} {said}\n"


def test_needs_push_takes_what_a_spreadsheet_saves_as_utf_16(needs, tmp_path):
    (tmp_path / "a.csv").write_bytes((HEAD + "p-1,2026-09-01,STL3,1,manager,m-1\n").encode("utf-16"))
    assert "1 good" in needs("check", str(tmp_path / "a.csv"))


def levels(needs, person, competence="STL@2007/STL3"):
    """The ratings that are heard: of two of one kind and date the one whose id is later."""
    needs.door.settle()
    need, = needs.door.ask("explain", authority="888", school="8889901", person=person, competence=competence)["needs"]
    return [r["level"] for r in need["ratings"]]


def rows(tmp_path, name, *lines):
    (tmp_path / name).write_text(HEAD + "".join(line + "\n" for line in lines))
    return str(tmp_path / name)


@pytest.mark.parametrize("first,second", [("STL3", "STL3"), ("STL3", "STL@2007/STL3"), ("STL@2007/STL3", "STL3")])
@pytest.mark.parametrize("at_once", [True, False])
def test_needs_push_a_corrected_row_supersedes(needs, tmp_path, first, second, at_once):
    """Many persons, so that no order by chance passes."""
    needs.door.push_good([post(f"p-{i}") for i in range(9)])
    a = rows(tmp_path, "a.csv", *[f"p-{i},2026-09-01,{first},1,manager,m-1" for i in range(9)])
    b = rows(tmp_path, "b.csv", *[f"p-{i},2026-09-01,{second},2,manager,m-1" for i in range(8)])
    for files in ([a, b],) if at_once else ([a], [b]):
        needs("push", *files)
    assert [levels(needs, f"p-{i}") for i in range(9)] == [[2]] * 8 + [[1]]
    needs("push", rows(tmp_path, "c.csv", f"p-0,2026-09-01,{first},0,manager,m-1"))
    assert levels(needs, "p-0") == [0]


def test_needs_push_one_competence_written_two_ways_in_one_file(needs, tmp_path):
    needs.door.push_good(post("p-1"))
    same = rows(tmp_path, "a.csv", "p-1,2026-09-01,STL3,2,manager,", "p-1,2026-09-01,STL@2007/STL3,2,manager,")
    assert "1 accepted, 1 already known, 0 rejected" in needs("push", same)
    other = rows(tmp_path, "b.csv", "p-1,2026-09-01,STL3,2,manager,", "p-1,2026-09-01,STL@2007/STL3,3,manager,")
    assert "row 3, column D (level): repeated: row 2 gives another level" in needs("push", other, status=1)
    assert levels(needs, "p-1") == [2]


# --- the words of levels ---

def test_needs_levels_are_named_by_their_framework(tmp_path):
    """A framework of three steps beside the shipped ones of five."""
    catalogue = tmp_path / "catalogue"
    catalogue.mkdir()
    (catalogue / "frameworks.csv").write_text("framework,version,title,levels,provenance,certainty\nOWN,1,Our own,not yet;nearly;secure,ours,high\n")
    (catalogue / "competences.csv").write_text("framework,version,code,title,purpose,provenance,certainty\nOWN,1,KILN,Firing the kiln,role,ours,high\n")
    (catalogue / "profiles.csv").write_text("scope,competence,level,importance,weight,purpose,provenance,certainty\nrole:TASS,OWN@1/KILN,2,essential,5,role,ours,high\n")
    with Daemon(authorities={"888": {"catalogue": catalogue}}) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good([post("p-1"), rated("p-1", {"KILN": 1, "STL3": 1})]))

        def needs(*args):
            return subprocess.run([NEEDS, "--server", daemon.endpoint, "--authority", "888", "--school", "8889901", *args], capture_output=True,
                                  text=True, check=True, timeout=60).stdout

        shown, explained = needs("show", "p-1", "--detail"), needs("explain", "p-1")
        assert re.search(r"Firing the kiln \(KILN\) +nearly \(1\) +secure \(2\)", shown)
        assert "(KILN): now nearly (1), needed secure (2)" in shown
        assert "(STL3): now aware (1), needed alone (3)" in shown
        assert "Levels of OWN@1: 0 not yet, 1 nearly, 2 secure." in explained
        assert re.search(r"Levels of (X@2026, STL@2007|STL@2007, X@2026): 0 none, 1 aware, 2 with support, 3 alone, 4 can teach others\.", explained)
        assert "Now nearly (1), needed secure (2)" in explained and "      nearly (1), manager" in explained
        alone = needs("explain", "p-1", "--competence", "STL3", "--full")
        assert "\nLevels: 0 none, 1 aware, 2 with support" in alone and "nearly" not in alone


# --- what it says of itself ---

def test_needs_every_command_once(needs, tmp_path):
    first = recommended(needs, "p-1")[0]
    table = rows(tmp_path, "a.csv", "p-1,2026-09-01,STL4,2,manager,m-1")
    for said, *args in [("1 good", "check", table), ("1 accepted", "push", table), ("p-1", "watch", "--since", "start", "--count", "1"), ("p-1", "show"),
                        ("STL3", "show", "p-1", "--detail"), ("All ratings", "explain", "p-1"), ("recorded: accepted", "respond", "p-1", first, "accepted", "--date", "2026-09-01"),
                        ("recorded: agreed", "agree", "p-1", first, "--term", "release=met", "--date", "2026-09-01"), ("888", "status"), ("induction", "rules"), ("competences.csv", "catalogue"), ("", "verify"), ("", "settled"),
                        ('"day"', "ask", "person", "person=p-1"), ("2026-09-02", "day", "2026-09-02"), ("2026-09-02", "ping"), ("respond", "help")]:
        assert said in needs(*args), args
    assert "there is no command 'frobnicate'" in needs("frobnicate", status=2)
    assert "missing arguments: RECOMMENDATION, accepted|" in needs("respond", "p-1", status=2)


# --- watch ---

def test_needs_watch_a_known_name_says_so_and_can_be_forgotten(needs):
    recommended(needs, "p-1")
    first = needs("watch", "--name", "trial", "--count", "1")
    said = needs("watch", "--name", "trial", "--since", "start", "--count", "1")
    assert "'trial' is a known name: it resumes where it stopped" in said and "needs watch --name trial --forget" in said and first not in said
    assert "Forgotten: trial." in needs("watch", "--name", "trial", "--forget")
    assert "does not know your name 'trial'" in needs("watch", "--name", "trial", "--forget", status=1)
    assert needs("watch", "--name", "trial", "--since", "start", "--count", "1") == first
    for wrong in (["--forget"], ["--name", "trial", "--forget", "888"], ["--name", "trial", "--forget", "--since", "now"]):
        assert "needs watch --name NAME --forget" in needs("watch", *wrong, status=2)


# --- an authority's view ---

def test_needs_show_without_a_school_lists_the_schools(needs):
    """Numbers that are those of each school's own answer, and their sum; commands that are about one school still ask for it."""
    needs.door.settle(needs.door.push_good([post(f"p-{n}", school=f"888990{n % 2 + 1}") for n in range(5)] + [rated("p-0", {"STL3": 1})]))
    needs.door.push_good([post("p-gone", school="8889903"), event("person.erase", {"date": "2026-09-01"}, "p-gone", school="8889903")])
    needs.door.settle()
    answer = needs.door.ask("schools", authority="888")
    assert answer["authority"] == "888" and answer["day"] == "2026-09-01" and "p-" not in str(answer)
    assert [s["school"] for s in answer["schools"]] == ["8889901", "8889902"]
    for row in [*answer["schools"], {**answer["total"], "school": None}]:
        totals = [needs.door.ask("school", authority="888", school=s)["total"] for s in ("8889901", "8889902") if row["school"] in (s, None)]
        assert {k: row[k] for k in ("persons", "needs", "recommendations")} == {k: sum(t[k] for t in totals) for k in ("persons", "needs", "recommendations")}
        assert row["due"] == 0
    assert [s["persons"] for s in answer["schools"]] == [3, 2] and answer["total"]["needs"] > 20

    del needs.env["NEEDS_SCHOOL"]
    said = needs("show")
    assert re.search(r"8889901 +3 +0 +\d+ +\d+\n +8889902 +2 +0 +\d+ +\d+\n +all +5 +0 ", said), said
    for args in (("show", "p-0"), ("show", "--answers"), ("explain", "p-0")):
        assert "which school?" in needs(*args, status=2)


NOT_COUNTED = "ratings are not counted here: needs rules propose says how many the change of a code or a scale touches"


def test_needs_catalogue_check_of_a_directory_without_tables(tmp_path):
    """Told as the command refuses to propose it; a table of headings alone changes nothing and is fine."""
    assert checked("catalogue", tmp_path) == (1, [f"{tmp_path}: holds no .csv file; name the directory in which they lie", NOT_COUNTED, "1 fault, 0 warnings"])
    (tmp_path / "titles.csv").write_text("key,title,role,note,provenance,certainty\n")
    assert checked("catalogue", tmp_path) == (0, ["271 competences", NOT_COUNTED, "0 faults, 0 warnings"])
