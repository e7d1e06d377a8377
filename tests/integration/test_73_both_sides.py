"""What the command line refuses of a row by itself, the server refuses of an event: by the same fault, at its place.

Every refusal in the sources of the command line is a row of BOTH, with what is typed and what is sent in its stead, or one of ALONE, with the
reason why no event can say it. A new refusal belongs to one of the two."""
import re
import subprocess

import pytest

from daemon import ROOT
from samples import GONE, good, put
from test_31_needs import NEEDS, needs  # noqa: F401

RATE = "person,date,competence,level,evidence,by,expires\n"
STAFF = "person,as at,role,title,start,end,hours,minutes,weeks,contract,term-time,employer,main\n"
CERT = "person,date,unit,qualification,competence,level,credit,expires,certificate\n"
MONTH_FIRST = "[sheet]\nkind = ratings\ndates = month-first\n[columns]\n" + "".join(f"{name} = {name}\n" for name in RATE.strip().split(","))
POSTS = [{"role": "TASS", "from": "2024-09-01", "main": True}, {"role": "MIDS", "from": "2024-09-01", "main": True}]
TERMS = [{"check": "release", "status": "met"}, {"check": "release", "status": "unmet"}]


def rate(person="p-1", date="2026-09-01", competence="STL3", level="1", evidence="manager", by="", expires=""):
    return RATE + f"{person},{date},{competence},{level},{evidence},{by},{expires}\n"


def staff(*, role="TASS", title="", start="2024-09-01", end="", hours="", minutes="", weeks="", contract="", term="", employer="", main=""):
    return STAFF + f"p-1,2026-09-01,{role},{title},{start},{end},{hours},{minutes},{weeks},{contract},{term},{employer},{main}\n"


def cert(*, unit="", qualification="", competence="", credit="", expires=""):
    return CERT + f"p-1,2026-09-01,{unit},{qualification},{competence},,{credit},{expires},\n"


def agree(*options):
    return ["agree", "p-1", "coaching.STL3", *options]


# (the refusal, as the source has it; what is typed; what it says; type, place and value sent in its stead; code, [place of the fault])
BOTH = [
    ("no %s; every row with data needs one", rate(evidence=""), "no evidence; every row", "assessment.recorded", "/data/evidence", GONE, "missing"),
    ("'%s' %s", staff(title="a\ab"), "contains a control character", "person.recorded", "/data/title", "a\ab", "out-of-range"),
    # A national insurance number too, where a person types it; an event may have an id of that form that a school's system made.
    ("this is personal", rate(person="a.person@school.uk"), "this is personal", "person.recorded", "/subject", "a.person@school.uk", "out-of-range"),
    ("'%s' is not an id", rate(person="A Person"), "'A Person' is not an id", "person.recorded", "/subject", "A Person", "out-of-range"),
    ("'%s' is not an id", rate(by="A Person"), "'A Person' is not an id", "assessment.recorded", "/data/by", "A Person", "out-of-range"),
    ("has a year of two digits", rate(date="01/02/67"), "a year of two digits", "assessment.recorded", "/data/date", "01/02/67", "out-of-range"),
    ("is not a date with the day first", rate(date="02/13/2026"), "with the day first", "assessment.recorded", "/data/date", "02/13/2026", "out-of-range"),
    ("is not a date with the month first", (rate(date="13/02/2026"), MONTH_FIRST), "with the month first", "assessment.recorded", "/data/date", "13/02/2026", "out-of-range"),
    ("is not a date; write 2026-03-02, or", rate(date="2026-02-30"), "'2026-02-30' is not a date", "assessment.recorded", "/data/date", "2026-02-30", "out-of-range"),
    ("'%s' %s, or give it a meaning under", rate(competence="two words"), "is not a competence code", "assessment.recorded", "/data/ratings/0/competence", "two words",
     "unknown-competence"),
    ("'%s' %s, or give it a meaning under", rate(evidence="Said So!"), "is not a kind of evidence", "assessment.recorded", "/data/evidence", "Said So!", "unknown-code"),
    ("'%s' %s, or give it a meaning under", staff(role="Teaching assistant"), "is not a role code", "person.recorded", "/data/roles/0/role", "Teaching assistant", "unknown-role"),
    ("'%s' %s, or give it a meaning under", staff(contract="Permanent"), "is not a contract code", "person.recorded", "/data/roles/0/contract", "Permanent", "unknown-code"),
    ("'%s' %s, or give it a meaning under", staff(employer="council"), "is not a kind of employer", "person.recorded", "/data/roles/0/employer", "council", "out-of-range"),
    ("'%s' %s, or give it a meaning under", staff(term="perhaps"), "is neither yes nor no", "person.recorded", "/data/roles/0/term_time", "perhaps", "wrong-type"),
    ("is not a whole number; write the level", rate(level="high"), "'high' is not a whole number", "assessment.recorded", "/data/ratings/0/level", "high", "wrong-type"),
    ("write a whole number from 0 to %d", staff(weeks="54"), "a whole number from 0 to 53", "person.recorded", "/data/roles/0/weeks", 54, "out-of-range"),
    ("write a whole number from 0 to %d", staff(minutes="10081"), "a whole number from 0 to 10080", "person.recorded", "/data/roles/0/minutes", 10081, "out-of-range"),
    ("write a whole number from 0 to %d", cert(unit="TDA 2.2", credit="10000"), "a whole number from 0 to 9999", "achievement.recorded", "/data/credit", 10000,
     "out-of-range"),
    ("is not hours a week", staff(hours="169"), "'169' is not hours a week", "person.recorded", "/data/roles/0/minutes", 169 * 60, "out-of-range"),
    ("before its date", rate(expires="2026-08-31"), "before its date", "assessment.recorded", "/data/ratings/0/expires", "2026-04-13", "out-of-range"),
    ("before its date", cert(unit="TDA 2.2", expires="2026-08-31"), "before its date", "achievement.recorded", "/data/expires", "2026-05-19", "out-of-range"),
    ("is too long for a code", cert(unit="U" * 129), "is too long for a code", "achievement.recorded", "/data/unit", "U" * 129, "out-of-range"),
    ("already names a %s", cert(unit="TDA 2.2", qualification="STLS2-CERT"), "already names a unit", "achievement.recorded", "/data/qualification", "STLS2-CERT",
     "out-of-range"),
    ("no unit, qualification, competence or certificate", cert(), "no unit, qualification", "achievement.recorded", "/data/unit", GONE, "missing"),
    ("no level for %s", cert(competence="STL3"), "no level for STL3", "assessment.recorded", "/data/ratings/0/level", GONE, "missing"),
    ("no role and no job title", staff(role=""), "no role and no job title", "person.recorded", "/data/roles/0/role", GONE, "missing"),
    ("before it starts", staff(end="2024-08-31"), "before it starts", "person.recorded", "/data/roles/0/to", "2024-08-31", "out-of-range"),
    ("mark at most one", staff(main="yes") + "p-1,2026-09-01,MIDS,,2024-09-01,,,,,,,,yes\n", "mark at most one", "person.recorded", "/data/roles", POSTS, "repeated",
     "/data/roles/1/main"),
    ("give a status: met, unmet or to-agree", agree("--term", "release"), "give a status: met, unmet or to-agree", "agreement.recorded", "/data/terms/0/status", GONE, "missing"),
    ("the status must be met, unmet or to-agree", agree("--term", "release=done"), "must be met, unmet or to-agree", "agreement.recorded", "/data/terms/0/status", "done", "out-of-range"),
    ("minutes and amount are whole numbers", agree("--term", "release=met,minutes=some"), "whole numbers", "agreement.recorded", "/data/terms/0/minutes", "some",
     "wrong-type"),
    ("until is a date", agree("--term", "release=met,until=2026-02-30"), "until is a date", "agreement.recorded", "/data/terms/0/until", "2026-02-30", "out-of-range"),
    ("it carries minutes, payer, amount or until", agree("--term", "release=met,colour=red"), "it carries minutes", "agreement.recorded", "/data/terms/0/colour", "red",
     "unknown-member"),
    ("the check is named twice", agree("--term", "release=met", "--term", "release=unmet"), "named twice", "agreement.recorded", "/data/terms", TERMS, "repeated",
     "/data/terms/1"),
    ("write COMPETENCE=LEVEL,DATE", agree("--success", "STL3=high,2027-07-21"), "write COMPETENCE=LEVEL,DATE", "agreement.recorded", "/data/success/level", "high",
     "wrong-type"),
    ("'%s' is not a date; write it as", agree("--date", "2026-02-30"), "'2026-02-30' is not a date", "agreement.recorded", "/data/date", "2026-02-30", "out-of-range"),
    ("'%s' is not a date; write it as", ["respond", "p-1", "coaching.STL3", "accepted", "--date", "2026-02-30"], "'2026-02-30' is not a date", "response.recorded",
     "/data/date", "2026-02-30", "out-of-range"),
]
ALONE = {
    "looks like an id that the spreadsheet program turned into": "what stood in the cell before is a question of spreadsheets; 2026-03-01 may be an id",
    "could have the day or the month first": "an event writes a date in one form alone",
    "'%s' has no meaning yet": "a word of the mapping; it is never sent",
    "is not among the numbers that have a meaning": "a number of the sheet's own scale; only its meaning is sent",
    "and scale = words does not say": "the same",
    "the scale of '%s' is unknown: either 1 or the highest": "the same",
    "hours and minutes both give": "an event says minutes alone",
    "could be a thousand hours or a fraction": "an event says minutes alone, as a whole number",
    "'%s' is not a known certificate; in a mapping": "the name of a certificate; its code is sent",
    "only a post with a role can end": "a job title without a role is sent as the title and a start, which cannot say an end",
    "has the same person, role and start but differs": "a person may have two contracts of one role from one day; in a sheet one of the rows is more likely old",
    "has no role, and the person has another row": "the same: a title of a row is not one of a post",
    "not sent, because row %zu of the same person has a fault": "a row of the sheet that is not sent",
    "not sent, because row %zu cannot be read": "the same",
    "row %zu gives %s": "two rows of one sheet; of two events the later counts",
    "%s": "a row that is no table, or an earlier agreement that is not carried back to its past: events come in any order",
    "each detail is NAME=VALUE": "how the option is written",
    "what was agreed before cannot be read": "said of an answer, not of what is typed",
    "it is not known whether this was recorded": "said of an answer that did not come",
}
CALLS = re.compile(r'(?<!int )\b(item_fault|bad_term|complain)\(((?:[^;"]|"(?:\\.|[^"\\])*")*)\);')
TEXT = re.compile(r'"((?:\\.|[^"\\])*)"')


def refusals():
    """The sentences of what is refused of a row or an option, from the sources."""
    found = []
    for name in ("rows", "cell", "sheet_kinds", "csv_in", "sheet", "agree", "respond", "statement"):
        source = (ROOT / f"clients/needs/{name}.c").read_text()
        for call, arguments in CALLS.findall(source):
            if call == "complain" and name not in ("agree", "respond", "statement"):
                continue  # of a file as a whole, such as one without a heading
            texts = TEXT.findall(arguments)
            if call == "item_fault" and not texts:
                continue
            said = "".join(texts[1:] if call == "item_fault" else texts)
            if call == "complain" and said.startswith("--term %s"):
                continue  # bad_term itself
            found.append(said)
    return found


def test_every_refusal_is_of_both_sides_or_says_why_not():
    """A sentence is named once, by its own words; nothing is named that is not there."""
    keys, said = {row[0] for row in BOTH} | set(ALONE), refusals()
    assert not {row[0] for row in BOTH} & set(ALONE) and len(said) > 40
    exact = {"%s", "'%s' %s"}

    def named(sentence):
        return [key for key in keys if (sentence == key if key in exact else key in sentence)]

    assert not [s for s in said if len(named(s)) != 1], [(s, named(s)) for s in said if len(named(s)) != 1]
    assert not [key for key in keys if not any(key in named(s) for s in said)]


@pytest.mark.parametrize("row", BOTH, ids=lambda row: row[2])
def test_the_server_refuses_what_the_command_line_refuses(needs, tmp_path, row):  # noqa: F811
    _, typed, said, kind, place, value, code, *at = row
    args = typed
    if not isinstance(typed, list):
        sheet, mapping = typed if isinstance(typed, tuple) else (typed, None)
        (tmp_path / "a.csv").write_text(sheet)
        (tmp_path / "a.map").write_text(mapping or "")
        args = ["push", "--preview", *(["--map", str(tmp_path / "a.map")] if mapping else []), str(tmp_path / "a.csv")]
    done = subprocess.run([NEEDS, *args], env=needs.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode in (1, 2) and said in done.stderr, done

    control, event = good(kind, "control"), put(good(kind, "refused"), place, value)
    right, wrong = needs.door.request("check", [control, event])["results"]
    assert right["status"] == "accepted", right
    assert wrong["status"] == "rejected" and [(f["code"], f["pointer"]) for f in wrong["errors"]] == [(code, at[0] if at else place)], wrong
