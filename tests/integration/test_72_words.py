"""What people read on a command line: places in words, codes that exist, and noughts where nothing has happened."""
import csv
import re
import subprocess

from daemon import ROOT, build_dir
from door import post, rated
from test_31_needs import HEAD, needs  # noqa: F401


def test_a_place_is_said_in_words(needs, tmp_path):  # noqa: F811
    """By the name of the argument, by the row and the column, and by the line; never as a pointer into a message."""
    said = needs("explain", "p-1", "--competence", "S" * 129, status=1) + needs("agree", "p-1", "mentoring.STL3", "--success", "STL999=3,2027-01-01", status=1)
    sheet, lines = tmp_path / "a.csv", tmp_path / "a.ndjson"
    sheet.write_text(HEAD + f"p-1,2026-08-01,{'S' * 128},1,manager,\n")
    lines.write_text('{"specversion":"1.0","id":"1","source":"t","type":"needs.assessment.recorded.v1","time":"2026-08-01T00:00:00Z","authority":"888",'
                     '"school":"8889901","subject":"p-1","data":{"date":"2026-08-01","evidence":"observer","ratings":[{"competence":"STL3","level":1},'
                     '{"competence":"STL999","level":1}]}}\n')
    from_sheet, from_lines = needs("push", str(sheet), status=1), needs("push", str(lines), status=1)
    assert "row 2, column C (competence): unknown-competence: " in from_sheet, from_sheet
    assert "ratings 2, competence: unknown-competence: " in from_lines, from_lines
    assert not re.search(r"[ (]/[a-z]+(/|:)", (said + from_sheet + from_lines).replace(str(tmp_path), "")), said + from_sheet + from_lines


def test_noughts_where_nobody_has_answered(needs):  # noqa: F811
    """Three people are advised, which is too few to show; that none of them has answered is no secret about any of them."""
    door = needs.door
    door.settle(door.push_good([e for n in range(3) for e in (post(f"p-{n}"), rated(f"p-{n}", {"STL3": 1}))]))

    def rule():
        answer = door.ask("register", authority="888")
        return next(r for r in answer["rules"] if r["now"].get("few") and "accepted" in r)

    for part in ("accepted", "started", "completed", "evaluated", "declined", "contested"):
        assert rule()[part] == {"times": 0}, rule()
    chosen = door.person("p-0")["recommendations"][0]["recommendation"]
    needs("respond", "p-0", chosen, "accepted", "--date", "2026-09-01")
    door.settle()
    answered = [r for r in door.ask("register", authority="888")["rules"] if r.get("accepted", {}).get("few")]
    assert answered and all(r["declined"].get("few") for r in answered)


def test_codes_in_what_people_read_exist():
    """Every code of the frameworks STL and X that manual pages, guides, help and drafts name is one of the shipped catalogue."""
    with open(ROOT / "rules/catalogue/competences.csv", encoding="utf-8", newline="") as table:
        known = {row["code"] for row in csv.DictReader(table)}
    help_texts = subprocess.run([build_dir() / "clients/needs/needs", "help"], capture_output=True, text=True, check=True).stdout
    texts = {"needs help": help_texts}
    for pattern in ("README.md", "docs/*.md", "clients/**/*.[13]", "clients/**/*.md", "clients/needs/*.c", "clients/needs/*.h", "daemon/*.[58]", "demo/*.md",
                    "rules/**/*.md", "rules/**/*.lua"):
        texts |= {str(path): path.read_text() for path in ROOT.glob(pattern)}
    texts = {name: "\n".join(line for line in text.splitlines() if "unknown-competence" not in line) for name, text in texts.items()}
    wrong = {(name, code) for name, text in texts.items() for code in re.findall(r"\b(?:X\.[A-Z]{2,8}|STL\d+)\b", text) if code not in known}
    assert len(texts) > 60 and not wrong, wrong


def test_ratings_that_no_role_asks_for_are_said(needs, tmp_path):  # noqa: F811
    """Taken and kept, and said: it is often the wrong column. What a role asks for is not said."""
    asked_of_none = {key.split("/")[1] for key in needs.door.ask("catalogue", authority="888")["asked_of_no_role"]}
    assert "STL3" not in asked_of_none and asked_of_none
    code = sorted(asked_of_none)[0]
    sheet = tmp_path / "a.csv"
    sheet.write_text(HEAD + f"p-1,2026-08-01,{code},1,manager,\np-2,2026-08-01,{code},1,manager,\np-1,2026-08-01,STL3,1,manager,\n")
    said = needs("push", str(sheet))
    assert f"2 ratings are of competences that no role requires: {code}; kept" in said, said
    sheet.write_text(HEAD + "p-3,2026-08-01,STL3,1,manager,\n")
    assert "no role requires" not in needs("push", str(sheet))
