"""What cannot be read stops the work: nothing goes on with the half that could be read."""
import pathlib
import socket
import subprocess

import pytest

from daemon import ROOT, build_dir
from test_32_spreadsheets import HEAD, desk, levels, needs, pushed  # noqa: F401

pytestmark = pytest.mark.slow

BEST = """[sheet]
kind = grid
[columns]
Staff ref = person
Seen on = date
Comments = ignore
[competences]
Behaviour = STL19
[levels]
1 = 4
2 = 3
3 = 2
4 = 1
"""
SHEET = "Staff ref,Seen on,Behaviour,Comments\np-1,2026-09-17,1,fine\n"
OTHER = HEAD + "p-2,2026-09-17,STL3,2,manager,m-1\n"
# The canonical headings with "1 is best": without the mapping a 1 would be a 1.
UPSIDE_DOWN = "[sheet]\nkind = ratings\n[columns]\n" + "".join(f"{n} = {n}\n" for n in HEAD.strip().split(",")) + "[levels]\n1 = 4\n2 = 3\n3 = 2\n4 = 1\n"


def maps(run):
    where = pathlib.Path(run.env["XDG_CONFIG_HOME"]) / "needs" / "maps"
    where.mkdir(parents=True, exist_ok=True)
    return where


def preview(run, content, *options, status=0):
    (run.dir / "a.csv").write_text(content)
    return run("push", "--preview", *options, "a.csv", status=status)


# --- saved mappings ---

@pytest.mark.parametrize("line, said", [
    ("5 = nought", "m.map:14: '5 = nought': a level is a whole number"),
    ("a line of no mapping", "m.map:14: not a mapping line: 'a line of no mapping'; write text = meaning"),
    ("1 = 3", "m.map:14: '1' already has a meaning: 4"),
    ("[colours]", ""),
    ("[colours]\nred = 1", "m.map:15: there is no section [colours]"),
    ("[sheet]\nscale = perhaps", "m.map:15: scale is levels"),
    ("[sheet]\ndates = day-first\ndates = month-first", "m.map:16: 'dates' appears twice"),
    ("[sheet]\nkind = ratings", "m.map:15: 'kind' appears twice"),
    ("[fixed]\nby = m-1\nby = m-2", "m.map:16: 'by' appears twice"),
    ("[fixed]\ncolour = red", "m.map:15: 'colour' cannot be fixed"),
    ("x" * 300 + " = 1", "m.map:14: the line is too long"),
    ("caf\udce9 = 1", "m.map:14: the line is not UTF-8"),
    ("5 = 0\0 not read", "m.map:14: the line contains a NUL"),
])
def test_a_saved_mapping_with_a_line_that_cannot_be_read_stops_the_push(desk, line, said):
    (maps(desk) / "m.map").write_bytes((BEST + line + "\n").encode(errors="surrogateescape"))
    out, err = preview(desk, SHEET, status=2 if said else 0)
    assert said in err
    assert not said or ("STL19" not in out and "the file was not read" in err and "--no-map" in err)
    # of another sheet nothing is said
    out, err = preview(desk, OTHER)
    assert "m.map" not in err and "mapping" not in err and "p-2" in out


def test_nothing_is_stored_by_half_a_mapping(needs, needsd):
    """Read without its mapping, the 1 that means 4 would be stored as a 1."""
    with needsd.door() as door:
        needs.dir.joinpath("a.csv").write_text(HEAD + "p-1,2026-09-17,STL3,1,manager,m-1\n")
        pushed(needs, "b.csv", HEAD + "p-1,2026-09-17,STL4,1,manager,m-1\n")
        (maps(needs) / "best.map").write_text(UPSIDE_DOWN + "5 = nought\n")
        for command in ("push", "check"):
            out, err = needs(command, "a.csv", status=2)
            assert "best.map:15: '5 = nought'" in err and out == ""
        assert levels(door, "p-1", "STL3") == []
        (maps(needs) / "best.map").write_text(UPSIDE_DOWN)
        needs("push", "a.csv")
        assert levels(door, "p-1", "STL3") == [4]


@pytest.mark.parametrize("change, missing", [
    (("Behaviour = STL19", "Behaviour ="), "m.map:8: [competences] 'Behaviour' has no meaning yet"),
    (("1 = 4", "1 ="), "m.map:10: [levels] '1' has no meaning yet"),
    (("Comments = ignore", "Comments ="), "m.map:6: [columns] 'Comments' has no meaning yet"),
    (("kind = grid", "kind ="), "m.map:2: [sheet] kind has no meaning yet"),
    (("kind = grid", "kind = grid\nscale ="), "m.map:3: [sheet] scale has no meaning yet"),
    (("[levels]", "[fixed]\nevidence =\n[levels]"), "m.map:10: [fixed] evidence has no meaning yet"),
    (("Staff ref = person", "Staff ref ="), "which heading is the person's id"),
])
def test_an_unfinished_mapping_stops_with_what_is_still_to_be_said(desk, change, missing):
    (maps(desk) / "m.map").write_text(BEST.replace(*change))
    out, err = preview(desk, SHEET, status=2)
    assert "is not finished" in err and missing in err and "p-1" not in out
    assert "mapping" not in preview(desk, OTHER)[1]
    assert "(not finished)" in desk("map", "--list")[0]
    # named, too: a preview shows how far it goes, and sends nothing
    (desk.dir / "a.csv").write_text(SHEET)
    assert missing in desk("check", "--map", "m", "a.csv", status=None)[1] or "start needsd" in desk("check", "--map", "m", "a.csv", status=None)[1]


def test_a_named_unfinished_mapping_stops_a_push(needs):
    (maps(needs) / "m.map").write_text(BEST.replace("4 = 1", "4 ="))
    needs.dir.joinpath("a.csv").write_text(SHEET)
    for options in (("--map", "m"), ()):
        for command in ("push", "check"):
            out, err = needs(command, *options, "a.csv", status=2)
            assert "m.map:13: [levels] '4' has no meaning yet" in err and out == ""


def test_a_draft_saved_with_open_questions_stops_the_push(desk):
    (desk.dir / "a.csv").write_text("Ref,Date,Behaviour\np-1,2026-09-17,1\n")
    assert "still need" in desk("map", "a.csv", "--save", "mine")[0]
    err = desk("push", "--preview", "a.csv", status=2)[1]
    assert "mine.map" in err and "'Behaviour' has no meaning yet" in err and "[sheet] scale has no meaning yet" in err


@pytest.mark.parametrize("sheet, said", [
    (SHEET.replace("Comments", "Remarks on it"), "it does not name 'Remarks on it'"),
    ("Staff ref,Seen on,Behaviour\np-1,2026-09-17,1\n", "it names 'Comments', which is not in the sheet"),
])
def test_a_mapping_for_nearly_these_headings_is_not_passed_over(desk, sheet, said):
    (maps(desk) / "m.map").write_text(BEST)
    assert said in preview(desk, sheet, status=2)[1]
    assert "no column 'competence'" in preview(desk, sheet, "--no-map", status=1)[1]


def test_canonical_headings_beside_their_mapping_are_read_only_by_it(desk):
    (maps(desk) / "m.map").write_text(UPSIDE_DOWN)
    sheet = (HEAD.strip() + ",notes\n" + "p-1,2026-09-17,STL3,1,manager,m-1,x\n")
    assert "it does not name 'notes'" in preview(desk, sheet, status=2)[1]
    assert "can teach others" not in preview(desk, sheet, "--no-map")[0]
    assert "remove one" in preview(desk, sheet, "--no-map", "--map", "m", status=2)[1]


def test_a_mapping_that_cannot_be_opened_could_be_for_any_sheet(desk):
    where = maps(desk)
    (where / "m.map").symlink_to(where / "m.map")
    assert "m.map: the mapping cannot be read" in preview(desk, SHEET, status=2)[1]
    (where / "good.map").write_text(BEST)
    assert "read by the saved mapping good" in preview(desk, SHEET)[1]  # this one has its own
    (where / "m.map").unlink()
    (where / "m.map").mkdir()
    assert "m.map: cannot be read to its end" in desk("map", "--list")[1]
    (where / "good.map").unlink(), (where / "m.map").rmdir(), where.rmdir()
    where.write_text("a file")
    assert "cannot read the saved mappings" in preview(desk, SHEET, status=2)[1]


# --- settings ---

@pytest.mark.parametrize("conf, said", [
    ("[needs]\nschool = 1\nschol = 2\n", "needs.conf:3: 'schol' is not known"),
    ("[needs]\nschool\n", "needs.conf:2: not a setting"),
    ("[needs]\nschool = 1\nschool = 2\n", "needs.conf:3: school is '1' above and '2' here"),
    ("[needs]\nschool = " + "1" * 300 + "\n", "needs.conf:2: the line is too long"),
    ("[need]\nschool = 1\n", "needs.conf:2: 'school' is not known"),
    ("[needs]\nschool = 1\0\n", "needs.conf:2: the line contains a NUL"),
])
def test_settings_that_cannot_be_read_stop_every_command(desk, conf, said):
    """With half of them it could be another school's."""
    where = pathlib.Path(desk.env["XDG_CONFIG_HOME"])
    where.mkdir(parents=True, exist_ok=True)
    (where / "needs.conf").write_text(conf)
    for command in (("map", "--list"), ("push", "--preview", "a.csv")):
        out, err = desk(*command, status=2)
        assert said in err and out == ""
    desk("help")


# --- what was sent, and what can be undone ---

def state(run, start):
    return sorted((pathlib.Path(run.env["XDG_STATE_HOME"]) / "needs").glob(start + "*"))


@pytest.mark.parametrize("line", ["nonsense\n", "0" * 32 + " 12\n", "withdrawn xyz\n", "0" * 31 + " " + "0" * 32 + "\n", "\0\n"])
def test_a_state_that_cannot_be_read_stops_the_push(needs, needsd, line):
    """Without it the correction would not supersede what it corrects."""
    pushed(needs, "a.csv", HEAD + "p-1,2026-09-17,STL3,1,manager,m-1\n")
    file, = state(needs, "sent-")
    good = file.read_text()
    file.write_text(good + line)
    needs.dir.joinpath("a.csv").write_text(HEAD + "p-1,2026-09-17,STL3,2,manager,m-1\n")
    out, err = needs("push", "a.csv", status=2)
    assert f"{file}:2: this line cannot be read" in err and out == ""
    assert f"{file}:2:" in needs("push", "--undo", "LAST", status=2)[1]
    assert file.read_text() == good + line
    file.write_text(good)
    assert "1 accepted" in needs("push", "a.csv")[0]
    with needsd.door() as door:
        assert levels(door, "p-1", "STL3") == [2]


def test_an_undo_log_that_cannot_be_read_stops_the_undo(needs, needsd):
    pushed(needs, "a.csv", HEAD + "p-1,2026-09-17,STL3,1,manager,m-1\n")
    pushed(needs, "b.csv", HEAD + "p-1,2026-09-17,STL4,1,manager,m-1\n")
    first, second = state(needs, "push-")
    good = second.read_text()
    for bad in (good[:-20], good + '["cut', good.replace('{"file"', '{"fil'), "nothing\n", good.replace("\n", "\n[]\n", 1)):
        second.write_text(bad)
        # neither the second by halves nor the first in its place; and the first only when the second is known not to correct it
        for which in ("LAST", "2", "1"):
            err = needs("push", "--undo", which, status=2)[1]
            assert f"{second}:" in err and "cannot be read; nothing was taken back" in err
        out, err = needs("push", "--undo", "LIST", status=2)
        assert "a.csv" in out and "b.csv" not in out and f"{second}:" in err
        assert state(needs, "push-") == [first, second]
    second.write_text(good)
    assert "push 2 is undone" in needs("push", "--undo", "LAST")[0]
    assert "push 1 is undone" in needs("push", "--undo", "1")[0]


# --- directories of rules ---

def checker(verb, directory):
    daemon = build_dir() / "daemon"
    done = subprocess.run([daemon / "needsd", f"--{verb}-rules", directory, "--share", ROOT / "rules", "--worker", daemon / "needs-rules"],
                          capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_a_directory_of_rules_is_read_whole_or_not_at_all(desk, tmp_path):
    rules = tmp_path / "own"
    desk("rules", "new", str(rules))
    assert checker("check", rules)[0] == 0
    (rules / "more.csv").mkdir()
    status, said = checker("check", rules)
    assert status == 1 and f"'{rules}/more.csv': it is not a regular file" in said, said
    (rules / "more.csv").rmdir()
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(rules / "more.lua"))
        status, said = checker("check", rules)
        assert status == 1 and "more.lua" in said, said


def test_tests_beside_rules_that_cannot_be_reached_are_no_success(desk, tmp_path):
    rules = tmp_path / "own"
    desk("rules", "new", str(rules))
    assert checker("test", rules)[0] == 0
    (rules / "tests").rename(tmp_path / "elsewhere")
    (rules / "tests").symlink_to("tests")
    status, said = checker("test", rules)
    assert status == 1 and f"cannot open the directory '{rules}/tests'" in said, said
