"""Spreadsheets as schools have them: each is read right or refused by row and column; none is read wrong silently. And undo."""
import io
import csv
import json
import os
import re
import subprocess
import time
from datetime import datetime, timedelta, timezone

import pytest

from daemon import ROOT, build_dir
from door import post, rated

NEEDS = build_dir() / "clients" / "needs" / "needs"
HEAD = "person,date,competence,level,evidence,by\n"


def run_needs(env, *args, status=0, cwd=None):
    done = subprocess.run([NEEDS, *args], env=env, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert status is None or done.returncode == status, (args, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return done.stdout, done.stderr


@pytest.fixture
def desk(tmp_path):
    """A desk without a daemon: `desk(...)` runs needs in a directory of its own."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("NEEDS_")}
    env |= {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "NEEDS_SERVER": f"ipc://{tmp_path}/nobody", "NEEDS_AUTHORITY": "888", "NEEDS_SCHOOL": "8889901"}

    def run(*args, status=0):
        return run_needs(env, *args, status=status, cwd=tmp_path)

    run.env, run.dir = env, tmp_path
    return run


def understood(desk, content, *options, mapping=None, status=None):
    """What a preview makes of a file: (events by row, faults by row, notes, summary)."""
    data = content if isinstance(content, bytes) else content.encode()
    (desk.dir / "a.csv").write_bytes(data)
    if mapping:
        (desk.dir / "m.map").write_text(mapping)
        options = (*options, "--map", "./m.map")
    out, err = desk("push", "--preview", "--json", *options, "a.csv", status=status)
    lines = [json.loads(line) for line in out.splitlines()]
    events = {line["row"]: line["event"] for line in lines if line.get("status") == "understood"}
    faults = {line["row"]: [(e.get("column"), e["message"]) for e in line["errors"]] for line in lines if line.get("status") == "rejected"}
    return events, faults, err, lines[-1] if lines else None


@pytest.mark.parametrize("person", ["QQ123456C", "qq 12 34 56 c", "someone@school.example"])
def test_spreadsheets_personal_numbers_are_no_ids(desk, person):
    """Refused, and not said again: what is printed may be kept."""
    events, faults, err, _ = understood(desk, HEAD + f"{person},2026-09-17,STL3,2,manager,m-1\n")
    (column, message), = faults[2]
    assert not events and "is personal" in message and person not in message + err


@pytest.mark.parametrize("fives,read", [(1, True), (2, False)])
def test_spreadsheets_levels_of_another_scale(desk, fives, read):
    """One 5 is a slip for the daemon to refuse; several show that 4 is not the best here, and nothing is read."""
    rows = HEAD + "".join(f"p-{100 + i},2026-09-17,STL3,{5 if i < fives else 1 + i % 4},manager,m-1\n" for i in range(12))
    events, _, err, _ = understood(desk, rows)
    assert len(events) == (12 if read else 0)
    assert ("2 of 12 numbers are above 4" in err and "up to 5" in err) == (not read)
    columns = "[columns]\n" + "".join(f"{c} = {c}\n" for c in HEAD.strip().split(","))
    assert len(understood(desk, rows, mapping="[sheet]\nkind = ratings\nscale = levels\n" + columns)[0]) == 12, "unless it is said"
    mapped = understood(desk, rows, mapping="[sheet]\nkind = ratings\n" + columns + "[levels]\n1 = 0\n2 = 1\n3 = 2\n4 = 3\n5 = 4\n")[0]
    assert mapped[2]["data"]["ratings"][0]["level"] == 4 and mapped[13]["data"]["ratings"][0]["level"] == 3


def short(event):
    """What an event says, in short: (person, date, type, data without the date)."""
    data = {k: v for k, v in event["data"].items() if k != "date"}
    assert event["data"].get("date", event["time"][:10]) == event["time"][:10] and event["time"].endswith("T00:00:00Z")
    return event["subject"], event["time"][:10], event["type"].split(".")[1], data


def rating(person, date, competence, level, evidence="manager", by="m-1", **more):
    return person, date, "assessment", {"evidence": evidence, **({"by": by} if by else {}), "ratings": [{"competence": competence, "level": level, **more}]}


def review(person, date, by=None, kind="appraisal", evidence=None, **levels):
    levels = {k.replace("_", "."): v for k, v in levels.items()}
    data = {**({"evidence": evidence} if evidence else {}), **({"by": by} if by else {}), "ratings": [{"competence": c, "level": n} for c, n in levels.items()]}
    return person, date, kind, data


def utf16(text, order, mark=True):
    return ((b"\xff\xfe" if order == "le" else b"\xfe\xff") if mark else b"") + text.encode(f"utf-16-{order}")


GRID_MAP = """[sheet]
kind = grid
[columns]
Staff ref = person
Date of review = date
Notes = ignore
[competences]
Safeguarding = X.SAFE
"Behaviour: playground" = STL19
Core / Safeguarding = X.SAFE
[levels]
Emerging = 1
Secure = 3
Amber = 2
75% = 3
n/a = unrated
? = unrated
"""
BEST_MAP = "[sheet]\nkind = grid\nscale = words\n[columns]\nRef = person\nDate = date\n[levels]\n1 = 4\n2 = 3\n3 = 2\n4 = 1\n"
STAFF = "person,role,hours,weeks,contract,term-time,employer,start,end,title\n"
ONE = {2: rating("p-0104", "2026-09-17", "STL3", 2)}


def one(*cells):
    return HEAD + ",".join(cells) + "\n"


# name: (bytes or text, options, mapping, {row: expected}, words that must be said)
GOOD = {
    "utf-8 with a mark, semicolons, Windows line ends": (b"\xef\xbb\xbf" + HEAD.replace(",", ";").replace("\n", "\r\n").encode() + b"p-0104;17/09/2026;STL3;2,0;manager;m-1\r\n", (), None, ONE, ""),
    "utf-16 little with a mark, tabs": (utf16(one("p-0104", "17.9.2026", "STL3", "2", "manager", "m-1").replace(",", "\t"), "le"), (), None, ONE, "read as UTF-16LE"),
    "utf-16 big without a mark": (utf16(one("p-0104", "17 Sept 2026", "STL3", "2.0", "Manager", "m-1"), "be", mark=False), (), None, ONE, "read as UTF-16BE"),
    "utf-16 little without a mark": (utf16(one("p-0104", "17-Sep-26", "STL3", "2", "manager", "m-1"), "le", mark=False), (), None, ONE, "read as UTF-16LE"),
    "windows-1252 with a column that nobody asked for": ((HEAD.strip() + ",room\np-0104,Thu 17th September 2026,STL3,2,manager,m-1,Café\n").encode("cp1252"), (), None, ONE, "read as WINDOWS-1252"),
    "sep=; and old Mac line ends": (("sep=;\r" + one("p-0104", "2026-09-17 00:00:00", "STL3", "2", "manager", "m-1").replace(",", ";").replace("\n", "\r")), (), None, ONE, ""),
    "pipes, quotes, no-break spaces": ('person|date|competence|level|evidence|by\n"p-0104"|\u00a02026-09-17\u00a0|"STL3 "|2|manager|m-1\n', (), None, ONE, ""),
    "a spreadsheet's day number": (one("p-0104", "46282", "STL3", "2", "manager", "m-1"), (), None, ONE, "dates such as 46282 are the day numbers of a spreadsheet program: 17 September 2026"),
    "columns in another order, trailing empty columns": ("by,level,,evidence,competence,date,person,,,\nm-1,2,,manager,STL3,2026/09/17,p-0104,,,\n", (), None, ONE, ""),
    "a doubtful date, day first and said": (one("p-0104", "03/04/2026", "STL3", "2", "manager", "m-1"), (), None, {2: rating("p-0104", "2026-04-03", "STL3", 2)}, "dates such as 03/04/2026 are read with the day first: 3 April 2026"),
    "month first by a mapping": (one("p-0104", "03/04/2026", "STL3", "2", "manager", "m-1"), (), "[sheet]\nkind = ratings\ndates = month-first\n[columns]\nperson = person\ndate = date\ncompetence = competence\nlevel = level\nevidence = evidence\nby = by\n",
                                 {2: rating("p-0104", "2026-03-04", "STL3", 2)}, ""),
    "titles above, headings again, blank rows, totals and notes below": (
        "Reviews at Example School,,,,,\nAutumn 2026,,,,,\n\n" + HEAD + "p-1,2026-09-17,STL3,1,manager,m-1\n,,,,,\n" + HEAD + 'p-2,2026-09-17,STL3,3,manager,m-1\n"two\nlines",,,,,\n'
        "Total,,,4,,\n* = probationary,,,,,\nPrinted on 12/11/2026,,,,,\n", (), None,
        {5: rating("p-1", "2026-09-17", "STL3", 1), 8: rating("p-2", "2026-09-17", "STL3", 3)}, "row 10 is left out: 'Total' is a note or a sum"),
    "a grid of words under merged headings": (
        ",,Core,,Other,\nStaff ref,Date of review,Safeguarding,STL18,Behaviour: playground,Notes\np-1,17/09/2026,Emerging,75%,secure,likes it\np-2,17/09/2026,n/a,?,,\np-3,17/09/2026,,,AMBER,\np-4,,,,,on leave\n", (), GRID_MAP,
        {3: review("p-1", "2026-09-17", X_SAFE=1, STL18=3, STL19=3), 4: review("p-2", "2026-09-17"), 5: review("p-3", "2026-09-17", STL19=2)}, ""),
    "two rows of headings, self beside manager": (
        "Ref,Date,Safeguarding,,STL3\n,,Self,Manager,\np-1,2026-09-17,3,2,1\n", (), "[sheet]\nkind = grid\nscale = levels\n[columns]\nRef = person\nDate = date\n[competences]\nSafeguarding / Self = X.SAFE self\nSafeguarding / Manager = X.SAFE\n",
        {3: ("p-1", "2026-09-17", "appraisal", {"ratings": [{"competence": "X.SAFE", "level": 3, "evidence": "self"}, {"competence": "X.SAFE", "level": 2}, {"competence": "STL3", "level": 1}]})}, ""),
    "1 is best": ("Ref,Date,STL3,STL4\np-1,17.09.2026,1,4\n", (), BEST_MAP, {2: review("p-1", "2026-09-17", STL3=4, STL4=1)}, ""),
    "a self-assessment with one date for all": ("Your number,STL3,STL4\np-1,Secure,\np-2,,\n", (), "[sheet]\nkind = grid\n[fixed]\nevidence = self\ndate = 2026-09-21\n[columns]\nYour number = person\n[levels]\nSecure = 3\n",
                                                {2: review("p-1", "2026-09-21", kind="assessment", evidence="self", STL3=3)}, ""),
    "a staff list with a split post": (
        STAFF + 'p-1,TASS,25,39,PRM,yes,school,01/09/2020,,TA\np-2,COOK,"1,800",,,,contractor,13/09/2021,,\np-1,MIDA,5:30,39.0,PRM,Y,school,14/09/2021,31/08/2026,MDA\n'.replace('"1,800"', "30"), ("--date", "2026-09-01"), None,
        {2: ("p-1", "2026-09-01", "person", {"roles": [
            {"role": "TASS", "from": "2020-09-01", "minutes": 1500, "weeks": 39, "contract": "PRM", "term_time": True, "employer": "school"},
            {"role": "MIDA", "from": "2021-09-14", "to": "2026-08-31", "minutes": 330, "weeks": 39, "contract": "PRM", "term_time": True, "employer": "school"}]}),
         3: ("p-2", "2026-09-01", "person", {"roles": [{"role": "COOK", "from": "2021-09-13", "minutes": 1800, "employer": "contractor"}]})}, ""),
    "a staff list in a school's own words": (
        "Ref;Job title;Minutes/week;TTO;Started;As at\np-1;Teaching Assistant;1,500;x;1 Sep 2020;01.09.2026\np-2;Reading Champion;600;;2.9.2024;01.09.2026\n", (),
        "[sheet]\nkind = staff\n[columns]\nRef = person\nJob title = title\nMinutes/week = minutes\nTTO = term-time\nStarted = start\nAs at = date\n[roles]\nTeaching assistant = TASS\n[yes-no]\nx = yes\n",
        {2: ("p-1", "2026-09-01", "person", {"roles": [{"role": "TASS", "from": "2020-09-01", "minutes": 1500, "term_time": True}], "title": "Teaching Assistant"}),
         3: ("p-2", "2026-09-01", "person", {"roles": [], "title": "Reading Champion", "started": "2024-09-02"})}, ""),
    "certificates by code": (
        "person,date,unit,qualification,competence,level,expires,credit\np-1,20/05/2026,TDA 2.2,,,,,3\np-1,2025-06-01,,FOOD2,,,,\np-2,2026-03-13,,,X.PFAI,3,2029-03-12,\n* = awaited,,,,,,,\nPage 1 of 1,,,,,,,\n", (), None,
        {2: ("p-1", "2026-05-20", "achievement", {"unit": "TDA 2.2", "credit": 3}), 3: ("p-1", "2025-06-01", "achievement", {"qualification": "FOOD2"}),
         4: rating("p-2", "2026-03-13", "X.PFAI", 3, "certificate", None, expires="2029-03-12")}, ""),
    "certificates by name, in CP850": (
        "Staff ref,Course,Date achieved,Expiry date\np-1,Caf\u00e9 hygiene,13/09/2025,13/09/2026\np-1,Fire \u2013 safety,13/09/2025,\n".replace("\u2013", "-").encode("cp850"), ("--encoding", "CP850"),
        "[sheet]\nkind = certificates\n[columns]\nStaff ref = person\nCourse = certificate\nDate achieved = date\nExpiry date = expires\n[certificates]\nCafé hygiene = competence X.FOOD 2\nFire - safety = unit TDA 2.2\n",
        {2: rating("p-1", "2025-09-13", "X.FOOD", 2, "certificate", None, expires="2026-09-13"), 3: ("p-1", "2025-09-13", "achievement", {"unit": "TDA 2.2"})}, ""),
    "smart quotes and dashes in words": ("Ref,Date,STL3\np-1,2026-09-17,can’t do – yet\n", (), "[sheet]\nkind = grid\n[columns]\nRef = person\nDate = date\n[levels]\ncan't do - yet = 0\n", {2: review("p-1", "2026-09-17", STL3=0)}, ""),
    "headings too long for a line": ("Ref,Date," + "I can support pupils " * 20 + "\np-1,2026-09-17,Secure\n", (), "[sheet]\nkind = grid\n[columns]\nRef = person\nDate = date\n[competences]\nI can support... = STL1\n[levels]\nSecure = 3\n", {2: review("p-1", "2026-09-17", STL1=3)}, ""),
}


@pytest.mark.parametrize("name", GOOD)
def test_sheets_read_right(desk, name):
    content, options, mapping, expected, said = GOOD[name]
    events, faults, notes, _ = understood(desk, content, *options, mapping=mapping, status=0)
    assert {row: short(e) for row, e in events.items()} == expected
    assert not faults and said in notes


def cells(**bad):
    """A good row with some cells replaced."""
    good = {"person": "p-1", "date": "2026-09-17", "competence": "STL3", "level": "2", "evidence": "manager", "by": "m-1"} | bad
    return HEAD + ",".join(good.values()) + "\n" + "p-9,2026-09-17,STL3,1,manager,m-1\n"


SCALE = "[sheet]\nkind = grid\n[columns]\nRef = person\nDate = date\n[levels]\nSecure =\n"
# name: (text, options, mapping, {row: [(column, words)]}); the other rows are taken
BAD_ROWS = {
    "a formula error": (cells(level="#REF!"), (), None, {2: [("column D (level)", "is a formula error")]}),
    "a lookup that failed": (cells(person="#N/A"), (), None, {2: [("column A (person)", "is a formula error")]}),
    "an id in scientific notation": (cells(person="1.23E+05"), (), None, {2: [("column A (person)", "a number in scientific notation")]}),
    "an id cut to 15 digits": (cells(person="12345678901234500000"), (), None, {2: [("column A (person)", "keeps 15 digits")]}),
    "an id turned into a date": (cells(person="3-Mar"), (), None, {2: [("column A (person)", "turned into a date")]}),
    "a name for an id": (cells(person="Jane Example"), (), None, {2: [("column A (person)", "never a name")]}),
    "n/a for a level": (cells(level="n/a"), (), None, {2: [("column D (level)", "leave it blank if unrated")]}),
    "a dash for a level": (cells(level="-"), (), None, {2: [("column D (level)", "leave it blank if unrated")]}),
    "a percentage": (cells(level="75%"), (), None, {2: [("column D (level)", "give it a meaning under [levels]")]}),
    "half a level": (cells(level="2.5"), (), None, {2: [("column D (level)", "is not a whole number")]}),
    "a day that is not": (cells(date="31/09/2026"), (), None, {2: [("column B (date)", "is not a date")]}),
    "a year of two digits": (cells(date="17/09/26"), (), None, {2: [("column B (date)", "year of two digits")]}),
    "everything at once": (cells(person="", date="soon", level="good", by="a b"), (), None,
                           {2: [("column A (person)", "no person"), ("column B (date)", "is not a date"), ("column D (level)", "is not a whole number"), ("column F (by)", "is not an id")]}),
    "a comma too many": (HEAD + "p-1,2026-09-17,STL3,2,manager,m-1,more\np-9,2026-09-17,STL3,1,manager,m-1\n", (), None, {2: [(None, "more cells than headings")]}),
    "a quote in the middle": (HEAD + 'p-1,2026-09-17,STL3,2,"man"ager,m-1\np-9,2026-09-17,STL3,1,manager,m-1\n', (), None, {2: [(None, "there is a quote inside")]}),
    "the month first in one row makes the others doubtful": (
        HEAD + "p-1,03/04/2026,STL3,2,manager,m-1\np-2,04/17/2026,STL3,2,manager,m-1\np-9,2026-09-17,STL3,1,manager,m-1\n", (), None,
        {2: [("column B (date)", "for row 3 has the month first")], 3: [("column B (date)", "dates = month-first")]}),
    "another level for the same": (HEAD + "p-1,2026-09-17,STL3,2,manager,m-1\np-1,2026-09-17,STL3,3,manager,m-1\n", (), None, {3: [("column D (level)", "row 2 gives another level")]}),
    "a word without a meaning": ("Ref,Date,STL3\np-1,2026-09-17,Secure\np-2,2026-09-17,Fair\np-9,2026-09-17,\n", (), SCALE,
                                 {2: [("column C (STL3)", "'Secure' has no meaning yet; complete its line under [levels] in ./m.map")], 3: [("column C (STL3)", "give it a meaning under [levels]")]}),
    "a number among words": ("Ref,Date,STL3\np-1,2026-09-17,2\np-9,2026-09-17,\n", (), SCALE.replace("grid\n", "grid\nscale = words\n"), {2: [("column C (STL3)", "whether 1 or the highest number is best")]}),
    "a title that is no role": (STAFF + "p-1,Cook,30,,,,,01/09/2020,,\np-9,TASS,25,,,,,13/09/2020,,\n", ("--date", "2026-09-01"), None, {2: [("column B (role)", "is not a role code")]}),
    "one bad post of two": (STAFF + "p-1,TASS,30,,,,,13/09/2020,,\np-1,MIDA,300,,,,,13/09/2021,,\np-9,TASS,25,,,,,13/09/2020,,\n", ("--date", "2026-09-01"), None,
                            {2: [(None, "because row 3 of the same person has a fault")], 3: [("column C (hours)", "is not hours a week")]}),
    "a merged cell over two posts": (STAFF + "p-1,TASS,30,,,,,13/09/2020,,\n,MIDA,5,,,,,13/09/2021,,\np-9,TASS,25,,,,,13/09/2020,,\n", ("--date", "2026-09-01"), None,
                                     {2: [(None, "because row 3 of the same person has a fault")], 3: [("column A (person)", "no person")]}),
    "hours that could be a thousand": (STAFF + 'p-1,TASS,"1,250",,,,,13/09/2020,,\np-9,TASS,25,,,,,13/09/2020,,\n', ("--date", "2026-09-01"), None, {2: [("column C (hours)", "could be a thousand hours or a fraction")]}),
    "weeks, contract, yes/no and employer": (STAFF + "p-1,TASS,25,44.4,perm,maybe,Academy,13/09/2020,12/09/2020,\np-9,TASS,25,,,,,13/09/2020,,\n", ("--date", "2026-09-01"), None,
                                             {2: [("column D (weeks)", "is not weeks"), ("column F (term-time)", "neither yes nor no"), ("column E (contract)", "not a contract code"), ("column G (employer)", "not a kind of employer")]}),
    "a certificate that nobody named": ("person,date,certificate,expires\np-1,2026-03-13,First aid,2029-03-12\n", (), None, {2: [("column C (certificate)", "'First aid' is not a known certificate")]}),
    "a certificate that ended before it began": ("person,date,unit,expires\np-1,2026-03-13,TDA 2.2,2025-03-12\n", (), None, {2: [("column D (expires)", "before its date")]}),
    "two certificates in a row": ("person,date,unit,qualification\np-1,2026-03-13,TDA 2.2,FOOD2\n", (), None, {2: [("column D (qualification)", "already names a unit")]}),
    "a certificate for a competence without a level": ("person,date,unit,competence,expires\np-1,2026-03-13,,X.PFAI,2029-03-12\n", (), None, {2: [(None, "no level for X.PFAI")]}),
    "a character that could not be read": (cells(by="m\x81").encode("latin-1"), (), None, {2: [("column F (by)", "could not be read")]}),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_sheets_rows_refused_with_what_would_be_right(desk, name):
    content, options, mapping, expected = BAD_ROWS[name]
    events, faults, _, summary = understood(desk, content, *options, mapping=mapping, status=1)
    assert set(faults) == set(expected)
    for row, wanted in expected.items():
        assert [column for column, _ in faults[row]] == [column for column, _ in wanted], faults[row]
        for (_, message), (_, words) in zip(faults[row], wanted):
            assert words in message
    assert not set(events) & set(expected)
    if "p-9" in str(content):
        assert [e["subject"] for e in events.values()] == ["p-9"]


# name: (text, options, mapping, words)
BAD_SHEETS = {
    "a grid of numbers without a scale": ("person,date,STL3\np-1,2026-09-17,1\n", (), None, r"row 2, column C \(STL3\): '1' is a number of an unknown scale: either 1 or the highest is best"),
    "a grid with a column that could be a competence": ("person,date,STL3,Safeguarding\np-1,2026-09-17,,3\n", (), None, r"row 1, column D \(Safeguarding\): the meaning of this column is unknown; in a mapping write Safeguarding = CODE"),
    "a column that the mapping does not know": ("Ref,Date,STL3,Extra\np-1,2026-09-17,Secure,x\n", (), SCALE, r"row 1, column D \(Extra\): the meaning of this column is unknown"),
    "values without a heading": ("Ref,Date,STL3,\np-1,2026-09-17,,3\n", (), SCALE, r"row 2, column D: the column has values but no heading in row 1"),
    "two columns of one name": ("person,person,date,STL3\np-1,p-2,2026-09-17,\n", (), None, r"row 1, column B \(person\): two columns are person; keep one"),
    "no person": ("who,date,competence,level,evidence\np-1,2026-09-17,STL3,1,manager\n", (), None, r"row 1: no column 'person'.*needs map a.csv drafts one"),
    "no evidence": ("person,date,competence,level\np-1,2026-09-17,STL3,1\n", (), None, r"row 1: no column 'evidence'"),
    "a date of expiry is no kind of evidence": ("person,date,competence,level,expires\np-1,2026-09-17,STL3,1,2027-09-17\n", (), None, r"row 1: no column 'evidence'"),
    "a staff list of no date": (STAFF + "p-1,TASS,25,,,,,13/09/2020,,\n", (), None, r"a staff list needs a date; give it with --date"),
    "a mapping for another file": ("a,b\n1,2\n", (), SCALE, r"no row has the headings of the mapping ./m.map"),
    "--date beside dates": (HEAD + "p-1,2026-09-17,STL3,1,manager,m-1\n", ("--date", "2026-09-01"), None, r"this one has a column of dates"),
    "a character set that is none": (HEAD, ("--encoding", "CP0"), None, r"--encoding: 'CP0' is not known"),
    "a mapping with faults": (HEAD, (), "[sheet]\nkind = grids\nscale = 5\n[columns]\nA = persons\n[levels]\nx = good\nx = 2\n[colours]\na = b\n",
                              r"m.map:2: kind is ratings, grid, staff or certificates, not 'grids'(.|\n)*m.map:3: scale is(.|\n)*m.map:5: 'A = persons'(.|\n)*m.map:7: 'x = good': a level is(.|\n)*m.map:10: there is no section \[colours\]"),
}


@pytest.mark.parametrize("name", BAD_SHEETS)
def test_sheets_refused_whole(desk, name):
    content, options, mapping, said = BAD_SHEETS[name]
    events, faults, notes, _ = understood(desk, content, *options, mapping=mapping)
    assert not events and not faults
    assert re.search(said, notes), notes


TABLES = {
    "the same columns in another order": ("Ref,Date,STL3,STL4\np-1,2026-09-17,Secure,\n\nRef,Date,STL4,STL3\np-2,2026-09-17,Secure,\n", (), SCALE, 4),
    "no person among the headings": ("Ref,Date,STL3,STL4\np-1,2026-09-17,Secure,\n,Date,STL4,STL3\np-2,2026-09-17,Secure,\n", (), SCALE, 3),
    "a date that expires": (HEAD + "p-1,2026-09-17,STL3,2,manager,m-1\n\nStaff ID,expires,competence,level,evidence,by\np-2,2027-09-17,STL3,1,manager,m-1\n", (), None, 4),
    "start and end": ("person,role,start,end\np-1,TASS,2026-09-01,\nperson,role,end,start\np-2,TASS,2026-09-01,\n", ("--date", "2026-10-01"), None, 3),
}


@pytest.mark.parametrize("name", TABLES)
def test_sheets_of_two_tables_are_refused(desk, name):
    """Below other headings the same columns mean something else."""
    content, options, mapping, row = TABLES[name]
    events, faults, notes, _ = understood(desk, content, *options, mapping=mapping, status=1)
    assert not events and not faults and f"row {row}: the headings differ from row 1" in notes


@pytest.mark.parametrize("row", ['p-1,MI"DA,2026-09-01,5\n', "p-1,MIDA,2026-09-01,5,x\n", 'p-1,MIDA,2026-09-01,"5\n', "p-1 (leave),MIDA,2026-09-01,5\n", ",MIDA,2026-09-01,5,x\n"])
def test_sheets_a_post_that_cannot_be_read_takes_none_away(desk, row):
    """A statement is whole: without the bad row it would say that the post is gone."""
    sheet = "person,role,start,hours\np-2,TASS,2026-09-01,3\np-1,TASS,2026-09-01,10\n" + row
    events, faults, _, _ = understood(desk, sheet, "--date", "2026-10-01", status=1)
    assert set(events) == {2} and set(faults) == {3, 4} and "because row 4 of the same person has a fault" in faults[3][0][1]


def test_sheets_a_post_of_nobody_known_could_be_anybodys(desk):
    sheet = 'role,person,start\nTASS,p-1,2026-09-01\nMI"DA,p-1,2026-09-01\nTASS,p-2,2026-09-01\n'
    events, faults, _, _ = understood(desk, sheet, "--date", "2026-10-01", status=1)
    assert not events and set(faults) == {2, 3, 4} and all("because row 3 cannot be read" in faults[k][0][1] for k in (2, 4))


def test_sheets_a_bad_post_spoils_the_person_at_every_date(desk):
    sheet = "person,role,start,as at,hours\np-1,TASS,2026-01-01,2026-01-01,10\np-1,MIDA,2026-01-01,2026-06-01,zz\np-1,COOK,2026-01-01,2026-06-01,5\n"
    events, faults, _, _ = understood(desk, sheet, status=1)
    assert not events and set(faults) == {2, 3, 4}


def test_sheets_marks_of_direction_are_no_part_of_a_cell(desk):
    events, _, _, _ = understood(desk, "\u200fperson,date,competence,level,evidence,by\np-0104\u200f,\u200e17/09/2026,STL3,2\u202c,manager,m-1\n", status=0)
    assert {k: short(e) for k, e in events.items()} == ONE


def test_sheets_a_rating_that_ended_before_it_began(desk):
    _, faults, _, _ = understood(desk, HEAD.strip() + ",expires\np-1,2026-09-17,STL3,2,certificate,m-1,2025-09-17\n", status=1)
    assert faults[2] == [("column G (expires)", "it expires on 2025-09-17, before its date; check whether the two are swapped")]


def test_sheets_evidence_in_a_merged_heading_is_not_passed_over(desk):
    """Self above a competence: as a manager's review it would be another's word."""
    sheet = "Ref,Date,Self,,Manager,\n,,STL3,STL4,STL8,STL9\np-1,2026-09-17,3,1,2,2\n"
    events, _, notes, _ = understood(desk, sheet, mapping=SCALE, status=1)
    assert not events and 'column C (STL3): the heading above gives the evidence as self; in a mapping write "Self / STL3" = STL3 self' in notes and "STL8" not in notes


@pytest.mark.parametrize("ids,said", [(("123", "01234"), "ids such as 123 and 01234 have different lengths"), (("p-1", "P-1"), "P-1 and p-1 differ only in capitals"),
                                      (("p-1", "Smith"), "'Smith' has no digit"), (("p-1", "p-2"), "")])
def test_sheets_ids_that_are_seldom_meant_are_said(desk, ids, said):
    _, _, notes, _ = understood(desk, HEAD + "".join(f"{i},2026-09-17,STL3,2,manager,m-1\n" for i in ids), status=0)
    assert said in notes and (said or not notes)


def test_sheets_codes_are_never_cut(desk):
    _, faults, _, _ = understood(desk, f"person,date,unit\np-1,2026-09-17,{'U' * 129}\n", status=1)
    assert faults[2][0][0] == "column C (unit)" and "is too long for a code" in faults[2][0][1]


def test_sheets_a_cell_longer_than_any_costs_its_row(desk):
    events, faults, _, _ = understood(desk, HEAD + "p-1,2026-09-17,STL3,2,manager," + "m" * 200000 + "\np-0104,2026-09-17,STL3,2,manager,m-1\n", status=1)
    assert set(faults) == {2} and "too long for a spreadsheet" in faults[2][0][1] and set(events) == {3}


def test_map_does_not_make_one_of_two_texts_that_begin_alike(desk):
    begin = "Is able to plan and deliver structured interventions for small groups of pupils with special educational needs and disabilities"
    for texts, alike in (("with support", "alone"), True), (("alone", "Alone "), False):
        draft, lines = drafted(desk, HEAD + "".join(f"p-{i},2026-09-17,STL3,{begin} {t},manager,m-1\n" for i, t in enumerate(texts)))
        assert ("; several long texts begin like this one" in draft) == alike
        assert any(line.startswith("Is able") for line in lines) == (not alike) and "1 line still needs a meaning" in draft


# --- junk in every cell of a good sheet ---

JUNK = ["", "#REF!", "#####", "n/a", "?", "-", "1.23E+05", "31/02/2026", "02/03/26", "a b", "TRUE", "999999", "-1", "2,5", "2.5", "€", "1e3", "٣", "NaN", "12:75", "=A1", "\ufffd", "Emerging;",
        "2026-13-01", "17.13.2026", "1,5,0"]
MUTATED = {
    "ratings": (HEAD + "p-1,2026-09-17,STL3,2,manager,m-1\np-2,17/09/2026,STL4,0,self,\n", (), None, {}),
    "grid": ("Ref,Date,STL3,STL4\np-1,2026-09-17,Secure,3\np-2,17/09/2026,,Emerging\n", (),
             "[sheet]\nkind = grid\nscale = levels\n[columns]\nRef = person\nDate = date\n[levels]\nSecure = 3\nEmerging = 1\n", {("STL3", "999999"), ("STL4", "999999")}),
    "staff": (STAFF + "p-1,TASS,25,39,PRM,yes,school,2020-09-01,2027-09-01,TA\np-2,MIDA,5:30,,,no,,17/09/2021,,\n", ("--date", "2026-09-01"), None, {("hours", "2,5"), ("hours", "2.5"), ("term-time", "TRUE")}),
    "certificates": ("person,date,unit,expires,credit\np-1,2026-09-17,TDA 2.2,2029-09-17,3\np-2,17/09/2026,TDA 2.3,,\n", (), None, set()),
}
FREE = {"title": set(JUNK), "unit": set(JUNK), "competence": {"NaN"}}  # what they are called is for the daemon to know
MEANINGLESS = {"#REF!", "#####", "\ufffd"}  # nowhere


@pytest.mark.parametrize("kind", MUTATED)
@pytest.mark.slow
def test_sheets_junk_in_any_cell_is_never_another_meaning(desk, kind):
    """Whatever stands in a cell: its row is refused, or says the same, or is unrated where the cell is blank."""
    content, options, mapping, right = MUTATED[kind]
    good, faults, _, _ = understood(desk, content, *options, mapping=mapping, status=0)
    table = list(csv.reader(io.StringIO(content)))
    told = 0
    for r in range(1, len(table)):
        for c, heading in enumerate(table[0]):
            for junk in JUNK:
                if (heading, junk) in right or (junk in FREE.get(heading, ()) and junk not in MEANINGLESS) or (heading in ("person", "by", "Ref") and junk in ("999999", "1e3", "NaN", "-1")):
                    continue
                changed = [list(row) for row in table]
                changed[r][c] = junk
                out = io.StringIO()
                csv.writer(out, lineterminator="\n").writerows(changed)
                events, faults, _, _ = understood(desk, out.getvalue(), *options, mapping=mapping)
                told += bool(faults)
                others = {k: v for k, v in good.items() if k != r + 1}
                if kind == "staff" and heading == "person" and not junk:
                    others.pop(r, None)  # who is meant is the person above, perhaps: nothing is said of that one either
                assert {k: v for k, v in events.items() if k != r + 1} == others, (heading, junk)
                here = events.get(r + 1)
                if here is None:
                    assert faults or not junk, (heading, junk)
                elif junk:
                    assert here == good[r + 1], (heading, junk)
                else:  # a blank takes something away and adds nothing
                    assert len(json.dumps(here["data"])) <= len(json.dumps(good[r + 1]["data"])), heading
                    assert all(word in json.dumps(good[r + 1]) for word in re.findall(r'"[^"]+"', json.dumps(here["data"]))), heading
    assert told > 100 or kind == "certificates"


# --- mappings ---

def test_map_draft_completed_saved_and_found(desk):
    """From a file that push refuses to one that it reads, by way of a draft."""
    sheet = ("Appraisals 2026,,,,\nStaff ref,Date of review,Safeguarding,\"Behaviour: out, and in\",Comments\np-0104,17/09/2026,Emerging,R,fine\np-0105,18/09/2026,n/a,G,\nTotal,,2,2,\n")
    (desk.dir / "a.csv").write_text(sheet)
    assert "drafts one" in desk("push", "--preview", "a.csv", status=1)[1] or True
    draft, _ = desk("map", "a.csv")
    for line in ("kind = grid", "dates = day-first", "Staff ref = person", "Date of review = date", "Comments = ignore", "Safeguarding =", '"Behaviour: out, and in" =', "Emerging = 1", "R = 1", "G = 3", "n/a = unrated"):
        assert any(have == line or have.startswith(line + " ;") for have in draft.splitlines()), line
    assert "; 2 lines still need a meaning" in draft
    (desk.dir / "d.map").write_text(draft)
    refused = desk("push", "--preview", "--map", "./d.map", "a.csv", status=1)[1]
    assert "row 2, column C (Safeguarding): the meaning of this column is unknown" in refused
    (desk.dir / "d.map").write_text(draft.replace("Safeguarding =", "Safeguarding = X.SAFE").replace('in" =', 'in" = STL19'))
    kept, _ = desk("map", "a.csv", "--map", "./d.map", "--save", "reviews")
    assert kept.startswith("kept as reviews (") and "row 3: p-0104 | 17 September 2026 | manager | X.SAFE: aware (1), STL19: aware (1)" in kept
    assert "the mapping reviews already exists" in desk("map", "a.csv", "--save", "reviews", status=2)[1]
    out, notes = desk("push", "--preview", "a.csv")
    assert "read by the saved mapping reviews" in notes and "row 4: p-0105 | 18 September 2026 | manager | STL19: alone (3) | 1 unrated" in out
    assert out.splitlines()[-2] == "2 good, 0 already known, 0 rejected; nothing was stored"
    (desk.dir / "b.csv").write_text(HEAD + "p-1,2026-09-17,STL3,1,manager,m-1\n")
    assert "saved mapping" not in desk("push", "--preview", "b.csv")[1]
    (desk.dir / "config" / "needs" / "maps" / "other.map").write_text((desk.dir / "config" / "needs" / "maps" / "reviews.map").read_text())
    assert "the saved mappings other and reviews both match" in desk("push", "--preview", "a.csv", status=2)[1]


STAFF_BOOK = """Staff No,Name,Job Title,Start,Hours,Contract
1042,Ann,Teaching Assistant,01/09/2020,25,Permanent
1043,Bea,Bursar,01/09/2019,30,Permanent
1044,Cy,Site Manager,01/09/2018,37,Permanent
"""


def drafted(desk, content):
    (desk.dir / "a.csv").write_text(content)
    draft, _ = desk("map", "a.csv")
    return draft, re.sub(r" *;.*", "", draft).splitlines()


@pytest.mark.parametrize("below", ["", "Total,,13 posts,,92,\n", ",Total,13 posts,,92,\n", ",,13 posts,,92,\n", "Grand total,,13 posts,,,\n\nPrinted on 3/10/2026,,,,,\n", STAFF_BOOK.splitlines(True)[0]])
def test_map_is_not_misled_by_what_stands_below(desk, below):
    draft, lines = drafted(desk, STAFF_BOOK + below)
    assert "Staff No = person" in lines and "13 posts" not in draft and "Total" not in draft
    assert "Name = ignore ; personal, and never sent" in draft
    assert [line for line in lines if line.endswith("=")] == ["date =", "Bursar =", "Site Manager ="]


def test_map_without_a_person_says_so_and_push_too(desk):
    draft, lines = drafted(desk, "Worker,Job title,Start\nx y,TASS,2020-09-01\nz,TASS,2020-09-01\n")
    assert "Worker =" in lines and "Which one is the person's id?" in draft and "no column is marked as the person's id (= person)" in draft
    (desk.dir / "d.map").write_text(draft)
    assert "the mapping ./d.map does not say which column is the person's id; write its heading = person" in desk("push", "--preview", "--map", "./d.map", "a.csv", status=1)[1]
    (desk.dir / "d.map").write_text("[sheet]\nkind = staff\n[columns]\nRef = person\n")
    assert "such as 'Ref' for the person; is it for another file?" in desk("push", "--preview", "--map", "./d.map", "a.csv", status=1)[1]


def test_map_roles_left_blank_are_sent_as_titles(desk):
    _, lines = drafted(desk, STAFF_BOOK)
    mapping = "\n".join(lines).replace("date =", "date = 2026-09-01")
    events, faults, _, _ = understood(desk, STAFF_BOOK, mapping=mapping, status=0)
    assert events[3]["data"] == {"roles": [], "title": "Bursar", "started": "2019-09-01"} and events[2]["data"]["roles"][0]["role"] == "TASS"
    # in a column that is said to hold roles, and beside a title
    for header, row in (("Staff No,Post,Start", "1043,Bursar,01/09/2019"), ("Staff No,Post,Job Title,Start", "1043,Bursar,,01/09/2019")):
        (desk.dir / "b.csv").write_text(f"{header}\n{row}\n")
        mapping = "\n".join(re.sub(r" *;.*", "", line) for line in desk("map", "b.csv")[0].splitlines()).replace("date =", "date = 2026-09-01")
        assert "Bursar =\n" in mapping + "\n"
        events, faults, _, _ = understood(desk, f"{header}\n{row}\n", mapping=mapping, status=0)
        assert events[2]["data"] == {"roles": [], "title": "Bursar", "started": "2019-09-01"}
    # a title beside another post could be one more post or the same: said by row
    twice = STAFF_BOOK + "1043,Bea,Teaching Assistant,01/09/2021,5,Permanent\n"
    events, faults, _, _ = understood(desk, twice, mapping="\n".join(lines).replace("date =", "date = 2026-09-01"), status=1)
    assert "'Bursar' has no role, and the person has another row" in faults[3][0][1] and 5 in faults


FORM = """ID,Timestamp,Email Address,Contact,Your staff code,Your name,NI number,DOB,Next review,STL3,Behaviour,Any other comments?
1,17/09/2026 14:03:11,a@x.example,a@x.example,p-0193,Ann B,QQ123456C,01/02/1980,20/09/2026,Secure,R,
2,18/09/2026 09:00:01,b@x.example,b@x.example,p-0194,Cy D,QQ123457C,01/02/1981,21/09/2026,Emerging,G,thank you
"""


def test_map_of_a_form_knows_its_stamp_and_what_is_personal(desk):
    draft, lines = drafted(desk, FORM)
    assert "Timestamp = date" in lines and "Your staff code = person" in lines and "ID = ignore" in lines and "Any other comments? = ignore" in lines
    for heading in ("Email Address", "Contact", "Your name", "NI number", "DOB"):
        assert f"{heading} = ignore ; personal, and never sent" in draft
    assert not any(word in draft for word in ("Ann B", "a@x", "QQ12", "1980"))
    assert [line for line in lines if line.endswith("=")] == ["Next review =", "Behaviour ="]
    mapping = "\n".join(lines).replace("Behaviour =", "Behaviour = STL4").replace("Next review =", "Next review = ignore")
    events, _, _, _ = understood(desk, FORM, mapping=mapping, status=0)
    assert short(events[2]) == review("p-0193", "2026-09-17", STL3=3, STL4=1)


def test_map_takes_the_likeliest_stamp_and_no_date_where_two_are_as_likely(desk):
    assert "Completion time = date" in drafted(desk, "Start time,Completion time,Staff ref,STL3\n17/09/2026 09:00,18/09/2026 10:00,p-1,Secure\n")[1]
    assert "Seen on = date" in drafted(desk, "Seen on,Staff ref,STL3\n17/09/2026,p-1,Secure\n")[1]
    lines = drafted(desk, "Seen on,Talked on,Staff ref,STL3\n17/09/2026,18/09/2026,p-1,Secure\n")[1]
    assert "Seen on =" in lines and "Talked on =" in lines and "date =" in lines
    assert "Timestamp = ignore" in drafted(desk, "Timestamp,Date of review,Staff ref,STL3\n17/09/2026 10:00,17/09/2026,p-1,Secure\n")[1]


def test_sheets_unknown_columns_are_answered_by_what_stands_in_them(desk):
    mapping = "[sheet]\nkind = grid\n[columns]\nYour staff code = person\n[fixed]\ndate = 2026-09-20\n[levels]\nR = 1\nG = 3\n"
    (desk.dir / "m.map").write_text(mapping)
    (desk.dir / "a.csv").write_text(FORM)
    said = desk("push", "--preview", "--map", "./m.map", "a.csv", status=1)[1]
    assert "column B (Timestamp): the meaning of this column is unknown; in a mapping write Timestamp = date (or another date of the row), or = ignore" in said
    for heading in ("Email Address", "Contact", "NI number", "DOB"):
        assert f"write {heading} = ignore under [columns]: personal data are never sent" in said
    assert "write Behaviour = CODE under [competences]" in said


@pytest.mark.parametrize("scale", ["scale = words\n", ""])
def test_sheets_a_stray_number_is_never_read_by_another_scale(desk, scale):
    """1 is best: what is said of a 5 must not make it read as good."""
    best = BEST_MAP.replace("scale = words\n", scale)
    sheet = "Ref,Date,STL3,STL4\np-1,17.09.2026,1,4\np-2,17.09.2026,5,1\np-3,17.09.2026,7,x\n"
    events, faults, _, _ = understood(desk, sheet, mapping=best, status=1)
    assert set(events) == {2} and set(faults) == {3, 4}
    assert faults[3][0][1].startswith("'5' is not among the numbers that have a meaning under [levels] (1, 2, 3, 4); correct the cell")
    assert not any("scale = levels" in message for row in faults.values() for _, message in row)
    (desk.dir / "m.map").write_text(best.replace("kind = grid\n" + scale, "kind = grid\nscale = levels\n"))
    assert "write scale = words and a line for each number" in desk("push", "--preview", "--map", "./m.map", "a.csv", status=2)[1]
    # a column that is called level, too
    columns = "".join(f"{name} = {name}\n" for name in HEAD.strip().split(","))
    ratings = "[sheet]\nkind = ratings\n[columns]\n" + columns + best[best.index("[levels]"):]
    events, faults, _, _ = understood(desk, HEAD + "p-1,2026-09-17,STL3,1,manager,m-1\np-1,2026-09-17,STL4,5,manager,m-1\n", mapping=ratings, status=1)
    assert events[2]["data"]["ratings"][0]["level"] == 4 and set(faults) == {3}
    # where numbers are levels as they are, one that means nothing may have a line
    events, _, _, _ = understood(desk, HEAD + "p-1,2026-09-17,STL3,9,manager,m-1\np-1,2026-09-17,STL4,3,manager,m-1\n", mapping=ratings.split("[levels]")[0] + "[levels]\n9 = unrated\n", status=0)
    assert set(events) == {3} and events[3]["data"]["ratings"][0]["level"] == 3


def test_sheets_numbers_beside_words_are_answered_without_a_scale(desk):
    mapping = "[sheet]\nkind = grid\nscale = words\n[columns]\nRef = person\nDate = date\n[levels]\nSecure = 3\n"
    events, faults, _, _ = understood(desk, "Ref,Date,STL3\np-1,17.09.2026,Secure\np-2,17.09.2026,5\n", mapping=mapping, status=1)
    assert set(events) == {2} and "write a word that [levels] has" in faults[3][0][1] and "scale = levels" not in faults[3][0][1]


def test_preview_names_what_lies_in_the_future_and_who_knows_the_codes(desk):
    days = [(datetime.now(timezone.utc) + timedelta(days=n)).strftime("%Y-%m-%d") for n in (0, 1, 3)]
    (desk.dir / "my reviews.csv").write_text(HEAD + "".join(f"p-1,{day},STL3,{n},manager,m-1\n" for n, day in enumerate(days)))
    out, said = desk("push", "--preview", "--encoding", "UTF-8", "my reviews.csv")
    assert said.count("is in the future") == 1 and "my reviews.csv: row 4, column B (date): " in said
    assert out.splitlines()[-2:] == ["3 good, 0 already known, 0 rejected; 1 of the good dated in the future; nothing was stored",
                                     'codes have not been checked; needs check --encoding UTF-8 "my reviews.csv" checks them with the daemon, and stores nothing']
    (desk.dir / "all.csv").write_text("person,role,start\n" + "".join(f"p-{n},TASS,2020-09-01\n" for n in range(20)))
    out, said = desk("push", "--preview", "--date", days[2], "all.csv")
    assert said.count("is in the future") == 12 and "all.csv: row 2: " in said and "and 8 more such rows" in said and f"check --date {days[2]} all.csv" in out


def test_map_saved_ones_are_listed_completed_and_removed(desk):
    assert "no mapping is saved" in desk("map", "--list")[0]
    (desk.dir / "a.csv").write_text(HEAD + "p-1,2026-09-17,STL3,1,manager,m-1\n")
    for name in ("spring", "autumn"):
        assert f"config/needs/maps/{name}.map" in desk("map", "--save", name, "a.csv")[0]
    where = desk.dir / "config" / "needs" / "maps"
    assert desk("map", "--list")[0] == f"autumn  ratings  {where}/autumn.map\nspring  ratings  {where}/spring.map\n"
    assert [json.loads(line) for line in desk("map", "--list", "--json")[0].splitlines()][1] == {"name": "spring", "kind": "ratings", "path": f"{where}/spring.map"}
    for command in ("push", "check", "map"):
        assert "--map=MAPPING autumn spring" in desk("help", "--complete", command)[0].splitlines()
    assert "the saved mappings autumn and spring both match" in desk("push", "--preview", "a.csv", status=2)[1]
    assert desk("map", "--remove", "autumn")[0].startswith("removed the mapping autumn;")
    assert "read by the saved mapping spring" in desk("push", "--preview", "a.csv")[1]
    assert "there is no saved mapping 'autumn'" in desk("map", "--remove", "autumn", status=2)[1]
    assert "there is no saved mapping '../maps/spring'" in desk("map", "--remove", "../maps/spring", status=2)[1]
    assert sorted(p.name for p in where.iterdir()) == ["spring.map"]
    for args in ((), ("--list", "a.csv"), ("--list", "--remove", "spring")):
        assert "takes one of these" in desk("map", *args, status=2)[1]


@pytest.mark.parametrize("name", [n for n in GOOD if GOOD[n][2] is None])
def test_map_of_what_needs_none(desk, name):
    """A draft of a file that push reads by itself means the same."""
    content, options, _, expected, _ = GOOD[name]
    (desk.dir / "a.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    draft, _ = desk("map", *[o for o in options if options[0] == "--encoding"], "a.csv")
    if "--date" in options:
        draft = draft.replace("date =\n", f"date = {options[1]}\n")
    assert not re.search(r"^\w+ =$", draft, re.M) or "room =" in draft, draft
    mapping = re.sub(r"^(room) =$", r"\1 = ignore", draft, flags=re.M)
    events, faults, _, _ = understood(desk, content, mapping=mapping, status=0)
    assert {row: short(e) for row, e in events.items()} == expected


# --- from every sheet to a draft, and back ---

BY_HAND = {"sheet": "levels", "fixed": "2026-09-01", "columns": "ignore", "competences": "", "levels": "1", "evidence": "self", "roles": "", "contracts": "PRM", "employers": "school",
           "yes-no": "no", "certificates": "unit U1"}


def completed(draft):
    """A draft with its blanks filled as somebody would who has no idea, but reads what each section says."""
    section, lines, number = "", [], 0
    for line in draft.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        blank = not line.startswith(";") and re.fullmatch(r'(".*"|[^"]*) =', line)
        if blank and section == "competences":
            number += 1
            line += f" STL{number}"
        elif blank:
            line += " " + {"kind": "grid", "evidence": "manager"}.get(blank[1], BY_HAND[section])
        lines.append(line)
    return "\n".join(lines) + "\n"


def sheets():
    for table, kind in ((GOOD, "good"), (BAD_ROWS, "bad rows")):
        for name, (content, options, *_) in table.items():
            yield pytest.param(content, options, id=f"{kind}: {name}")
    for path in sorted((ROOT / "demo" / "data").glob("*.csv")):
        yield pytest.param(path.read_bytes(), (), id=path.name)


@pytest.mark.parametrize("content, options", sheets())
@pytest.mark.slow
def test_map_and_push_of_every_sheet_with_the_blanks_filled(desk, content, options):
    """Every row is read, left out by name, or refused by row and column."""
    (desk.dir / "a.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    encoding = [o for n, o in enumerate(options) if o == "--encoding" or (n and options[n - 1] == "--encoding")]
    draft, _ = desk("map", *encoding, "a.csv")
    (desk.dir / "m.map").write_text(completed(draft))
    out, said = desk("push", "--preview", *encoding, "--map", "./m.map", "a.csv", status=None)
    summary = re.search(r"^(\d+) good, (\d+) already known, (\d+) rejected", out, re.M)
    if not summary:  # refused whole, by row and column too
        assert re.search(r"row \d+, column [A-Z]+: the column has values but no heading", said), (said, draft)
        return
    assert int(summary[1]) + int(summary[2]) + int(summary[3]) > 0 or "unrated" in out, (out, said)
    refused = [line for line in said.splitlines() if not line.startswith("needs: ") and "is in the future" not in line]
    assert all(re.match(r"a\.csv: row \d+(, column [A-Z]+|: (not-csv|missing|repeated): )", line) for line in refused), refused
    assert len({re.match(r"a\.csv: row (\d+)", line)[1] for line in refused}) == int(summary[3])
    assert "no meaning yet" not in said and "nothing says" not in said, said


# --- the same again, corrections, undo: with a daemon ---

@pytest.fixture
def needs(needsd, desk):
    desk.env["NEEDS_SERVER"] = needsd.endpoint
    door = needsd.door()
    door.day("2026-10-01")
    desk.door = door
    return desk


def pushed(needs, name, content, *options, status=0):
    (needs.dir / name).write_text(content)
    return needs("push", *options, name, status=status)[0].splitlines()[-1]


def advice(door, people):
    """All that stands of everybody, without when it was worked out."""
    door.settle()
    out = {}
    for person in people:
        answer = door.person(person)
        for r in answer["recommendations"]:
            r.pop("stand", None)
        out[person] = {k: v for k, v in answer.items() if k not in ("position", "stand")}
    return json.dumps(out, indent=1)


def levels(door, person, competence):
    """The ratings that are heard."""
    need, = door.ask("explain", authority="888", school="8889901", person=person, competence=f"STL@2007/{competence}")["needs"]
    return [r["level"] for r in need["ratings"]]


@pytest.mark.parametrize("kind", ["grid", "staff", "certificates"])
def test_sheets_again_are_known_and_corrections_supersede(needs, kind):
    header, first, second = {
        "grid": ("person,date,STL3,STL4\n", "p-1,2026-09-17,Secure,Emerging\n", "p-1,2026-09-17,Emerging,\n"),
        "staff": ("person,role,start,hours,date\n", "p-1,TASS,2020-09-01,25,2026-09-01\np-1,MIDA,2021-09-01,5,2026-09-01\n", "p-1,TASS,2020-09-01,20,2026-09-01\n"),
        "certificates": ("person,date,unit,expires\n", "p-1,2026-03-13,TDA 2.2,2029-03-12\n", "p-1,2026-03-13,TDA 2.2,2028-03-12\n"),
    }[kind]
    options = ()
    if kind == "grid":
        (needs.dir / "g.map").write_text("[sheet]\nkind = grid\n[columns]\nperson = person\ndate = date\n[levels]\nSecure = 3\nEmerging = 1\n")
        options = ("--map", "./g.map")
    assert pushed(needs, "a.csv", header + first, *options) == "1 accepted, 0 already known, 0 rejected"
    lines = first.splitlines(True)
    assert pushed(needs, "b.csv", header + "".join(reversed(lines)), *options) == "0 accepted, 1 already known, 0 rejected"
    assert "corrects what was sent before" in needs("push", "--preview", *options, *(["c.csv"] if (needs.dir / "c.csv").write_text(header + second) else []))[0]
    assert pushed(needs, "c.csv", header + second, *options) == "1 accepted, 0 already known, 0 rejected"
    assert pushed(needs, "a.csv", header + first, *options) == "1 accepted, 0 already known, 0 rejected"  # and back again
    if kind == "grid":
        needs.door.push_good(post("p-1"))
        needs.door.settle()
        assert levels(needs.door, "p-1", "STL3") == [3] and levels(needs.door, "p-1", "STL4") == [1]


def test_sheets_faults_of_the_daemon_are_named_by_row_and_column(needs):
    (needs.dir / "g.csv").write_text("person,date,STL3,STL333\np-1,2026-09-17,,Secure\n")
    (needs.dir / "g.map").write_text("[sheet]\nkind = grid\n[columns]\nperson = person\ndate = date\n[levels]\nSecure = 3\n")
    assert "g.csv: row 2, column D (STL333): unknown-competence" in needs("push", "--map", "./g.map", "g.csv", status=1)[1]
    (needs.dir / "s.csv").write_text("person,role,start,date\np-1,TASS,2020-09-01,2026-09-01\np-1,TAXX,2021-09-01,2026-09-01\n")
    assert "s.csv: row 3, column B (role): unknown-role" in needs("push", "s.csv", status=1)[1]


def test_undo_a_wrong_file_and_push_the_right_one(needs):
    """Byte for byte as before; the rows that were right may come again under new ids; what was known before is left alone."""
    people = [f"p-{i}" for i in range(8)]
    needs.door.push_good([post(p) for p in people])
    right = HEAD + "".join(f"{p},2026-09-17,{c},{n},manager,m-1\n" for i, p in enumerate(people) for c, n in (("STL3", 1 + i % 2), ("STL4", 3), ("STL5", 2)))
    wrong = HEAD + "".join(f"{p},2026-09-17,{c},{n},manager,m-1\n" for i, p in enumerate(people) for c, n in (("STL3", 3 - 3 * (i % 2)), ("STL4", 3), ("STL6", 0), ("STL9", 1)))
    assert pushed(needs, "right.csv", right) == "24 accepted, 0 already known, 0 rejected"
    before = advice(needs.door, people)
    assert pushed(needs, "wrong.csv", wrong) == "24 accepted, 8 already known, 0 rejected"
    spoilt = advice(needs.door, people)
    assert spoilt != before
    assert "STL9" in needs("show", "p-1", "--detail")[0]
    listed = needs("push", "--undo", "LIST")[0].splitlines()
    assert "right.csv" in listed[1] and "wrong.csv" in listed[2]
    assert re.match(r"push 2 is undone: 24 events withdrawn \(wrong\.csv, ", needs("push", "--undo", "LAST")[0])
    assert advice(needs.door, people) == before
    assert needs("push", "--undo", "2")[0].startswith("push 2 is undone already")
    assert advice(needs.door, people) == before
    assert pushed(needs, "right.csv", right) == "0 accepted, 24 already known, 0 rejected"
    corrected = HEAD + "".join(f"{p},2026-09-17,STL3,{3 - 3 * (i % 2)},manager,m-1\n{p},2026-09-17,STL6,2,manager,m-1\n" for i, p in enumerate(people))
    assert pushed(needs, "c.csv", corrected) == "16 accepted, 0 already known, 0 rejected"  # STL3 as in the undone file
    assert pushed(needs, "c.csv", corrected) == "0 accepted, 16 already known, 0 rejected"
    needs.door.settle()
    for i, person in enumerate(people):
        assert levels(needs.door, person, "STL3") == [3 - 3 * (i % 2)] and levels(needs.door, person, "STL6") == [2]
    assert "undone" in needs("push", "--undo", "LIST")[0].splitlines()[2]


def test_undo_all_the_way_back_and_in_the_right_order(needs):
    people = ["p-1", "p-2"]
    needs.door.push_good([post(p) for p in people])
    stages = [advice(needs.door, people)]
    for level in (1, 3, 2):
        pushed(needs, f"{level}.csv", HEAD + "".join(f"{p},2026-09-17,STL3,{level},manager,m-1\n" for p in people))
        stages.append(advice(needs.door, people))
    assert "push 2 corrected rows of push 1 since; undo 2 first" in needs("push", "--undo", "1", status=1)[1]
    for number in (3, 2, 1):
        assert f"push {number} is undone: 2 events" in needs("push", "--undo", str(number))[0]
        assert advice(needs.door, people) == stages[number - 1]
    for again in range(3):  # the same file, undone again and again, is never lost
        assert pushed(needs, "1.csv", HEAD + "".join(f"{p},2026-09-17,STL3,1,manager,m-1\n" for p in people)) == "2 accepted, 0 already known, 0 rejected"
        assert advice(needs.door, people) == stages[1]
        needs("push", "--undo", "LAST")
        assert advice(needs.door, people) == stages[0]
    assert "there is no record of push 99 here" in needs("push", "--undo", "99", status=1)[1]
    assert "LAST, LIST or a push's number" in needs("push", "--undo", "soon", status=2)[1]


def test_undo_lets_the_next_correction_supersede_what_stands_again(needs):
    """Many persons, so that no order by chance passes."""
    people = [f"p-{i}" for i in range(12)]
    needs.door.push_good([post(p) for p in people])
    for name, level in (("a", 1), ("b", 3)):
        pushed(needs, f"{name}.csv", HEAD + "".join(f"{p},2026-09-17,STL3,{level},manager,m-1\n" for p in people))
    needs("push", "--undo", "LAST")
    pushed(needs, "c.csv", HEAD + "".join(f"{p},2026-09-17,STL3,2,manager,m-1\n" for p in people))
    needs.door.settle()
    assert [levels(needs.door, p, "STL3") for p in people] == [[2]] * 12


def test_undo_a_grid_a_staff_list_and_json(needs):
    needs.door.push_good([post("p-1"), post("p-2")])
    before = advice(needs.door, ["p-1", "p-2"])
    (needs.dir / "g.map").write_text("[sheet]\nkind = grid\nscale = levels\n[columns]\nperson = person\ndate = date\n")
    (needs.dir / "g.csv").write_text("person,date,STL3,STL4\np-1,2026-09-17,1,\n")
    (needs.dir / "s.csv").write_text("person,role,start\np-1,COOK,2020-09-01\np-2,MIDA,2020-09-01\n")
    (needs.dir / "e.json").write_text(json.dumps([rated("p-2", {"STL3": 1}, date="2026-09-17"), rated("p-1", {"STL9": 2}, date="2026-09-17")]))
    needs("push", "--map", "./g.map", "g.csv")
    needs("push", "--date", "2026-09-20", "s.csv")
    needs("push", "e.json")
    assert advice(needs.door, ["p-1", "p-2"]) != before
    for number, events in ((3, "2 events"), (2, "2 events"), (1, "1 event ")):
        assert f"push {number} is undone: {events}" in needs("push", "--undo", str(number))[0]
    assert advice(needs.door, ["p-1", "p-2"]) == before


def test_undo_without_a_daemon_changes_nothing(needs, tmp_path):
    needs.door.push_good(post("p-1"))
    pushed(needs, "a.csv", HEAD + "p-1,2026-09-17,STL3,1,manager,m-1\n")
    needs("--server", f"ipc://{tmp_path}/none", "push", "--undo", "LAST", status=3)
    assert needs("push", "--undo", "LAST")[0].startswith("push 1 is undone: 1 event withdrawn")


def test_undo_waits_for_what_waits_in_the_outbox(needs, needsd):
    needs.door.push_good(post("p-1"))
    before = advice(needs.door, ["p-1"])
    pushed(needs, "a.csv", HEAD + "p-1,2026-09-17,STL3,1,manager,m-1\n")
    needsd.stop()
    (needs.dir / "b.csv").write_text(HEAD + "p-1,2026-09-17,STL3,3,manager,m-1\np-1,2026-09-17,STL4,0,manager,m-1\n")
    needs("push", "b.csv", status=3)
    needsd.start()
    assert "2 events wait in the outbox and would arrive after the undo" in needs("push", "--undo", "LAST", status=1)[1]
    needs("outbox", "drop", "all")
    assert needs("push", "--undo", "LAST")[0].startswith("push 1 is undone: 1 event withdrawn (a.csv")
    needs.door = needsd.door()
    assert advice(needs.door, ["p-1"]) == before
    pushed(needs, "b.csv", (needs.dir / "b.csv").read_text())
    needs.door.settle()
    assert levels(needs.door, "p-1", "STL3") == [3] and levels(needs.door, "p-1", "STL4") == [0]


@pytest.mark.slow
def test_undo_of_pushes_that_were_killed(needs):
    """Wherever a push is killed: the next one ends it, and undoing all of them leaves what stood before."""
    people = [f"p-{i}" for i in range(10)]
    needs.door.push_good([post(p) for p in people])
    before = advice(needs.door, people)
    for n in range(6):
        content = HEAD + "".join(f"{p},2026-09-17,STL{c},{(c + n) % 4},manager,m-1\n" for p in people for c in range(1, 60))
        (needs.dir / "a.csv").write_text(content)
        process = subprocess.Popen([NEEDS, "push", "a.csv"], env=needs.env, cwd=needs.dir, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.03 * n)
        process.kill()
        process.wait()
        needs("push", "a.csv")
        assert advice(needs.door, people) != before
        for line in reversed(needs("push", "--undo", "LIST")[0].splitlines()[1:]):
            if "undone" not in line:
                needs("push", "--undo", line.split()[0])
        assert advice(needs.door, people) == before, n


def at_once(needs, *commands):
    running = [subprocess.Popen([NEEDS, *c], env=needs.env, cwd=needs.dir, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for c in commands]
    ended = [(*p.communicate(timeout=60), p.returncode) for p in running]
    said = [line for _, err, _ in ended for line in err.splitlines() if "no role requires" not in line]
    assert all(status == 0 for _, _, status in ended) and not said, ended
    return [out for out, _, _ in ended]


def test_pushes_at_once_forget_nothing(needs):
    """What each of them sent is known to the next command: a correction supersedes it."""
    needs.door.push_good([post("p-1"), post("p-2")])
    for n in range(4):
        for p in (1, 2):
            (needs.dir / f"{p}.csv").write_text(HEAD + "".join(f"p-{p},2026-0{n + 1}-17,STL{c},1,manager,m-1\n" for c in range(1, 60)))
        at_once(needs, ("push", "1.csv"), ("push", "2.csv"))
        for p in (1, 2):
            (needs.dir / "c.csv").write_text(HEAD + f"p-{p},2026-0{n + 1}-17,STL3,3,manager,m-1\n")
            assert '"supersedes"' in needs("push", "--preview", "--json", "c.csv")[0], (n, p)


def test_undos_at_once_undo_once(needs):
    needs.door.push_good([post("p-1")])
    for n in range(4):
        pushed(needs, "a.csv", HEAD + "p-1,2026-09-17,STL3,2,manager,m-1\n")
        said = sorted(out.split(" undone")[1][:8] for out in at_once(needs, *[("push", "--undo", str(n + 1))] * 3))
        assert said == [" already", " already", ": 1 even"], n
