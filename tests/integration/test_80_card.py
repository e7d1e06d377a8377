"""What a person reads: cards of twelve lines, a screen and a half for everybody of the demo, texts of 160 characters, and no codes."""
import csv
import json
import os
import pty
import re
import subprocess

import pytest

from advice import ROOT
from daemon import build_dir
from door import post, rated
from test_31_needs import needs, recommended  # noqa: F401
from test_39_same import demo_authority, push_files

LINES, COLUMNS, VIEW, TEXT = 12, 80, 36, 160
NEEDS = str(build_dir() / "clients" / "needs" / "needs")
GROUPS = ("Required by law", "Your English, maths and digital skills", "For your post", "To grow", "Agreed or under way")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo's eight schools: show(school, ...) is what is printed, people {(school, person): answer}."""
    place = tmp_path_factory.mktemp("card")
    with demo_authority(place, "daemon") as daemon:
        door = daemon.door()
        door.day("2026-10-01")
        push_files(daemon, place)
        door.settle()
        schools = [s["school"] for s in door.ask("schools", authority="888")["schools"]]
        rows = {school: door.ask("school", authority="888", school=school)["persons"] for school in schools}
        daemon.people = {(school, row["person"]): door.person(row["person"], school=school) for school in schools for row in rows[school]}
        daemon.rules_names = {rule["rule"] for rule in door.ask("rules", authority="888")["serving"]["list"]}
        assert len(daemon.people) == 380
        yield daemon


def show(daemon, school, *args):
    command = [NEEDS, "--server", daemon.endpoint, "--authority", "888", "--school", school, "show", *args]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, "COLUMNS": "200", "TERM": "xterm"})
    assert done.returncode == 0, done.stderr
    return done.stdout


def show_on_a_terminal(daemon, school, columns, *args):
    ours, theirs = pty.openpty()
    command = [NEEDS, "--server", daemon.endpoint, "--authority", "888", "--school", school, "show", *args]
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, env={**os.environ, "COLUMNS": str(columns), "TERM": "xterm"})
    os.close(theirs)
    said = b""
    try:
        while piece := os.read(ours, 65536):
            said += piece
    except OSError:  # which is how a terminal ends
        pass
    os.close(ours)
    assert process.wait(60) == 0
    return said.decode().replace("\r\n", "\n")


def codes_of_the_catalogue(daemon):
    """What must not be read: competences, roles, units, qualifications, checks' and rules' names. Words that a title uses are words."""
    codes = set(daemon.rules_names)
    for name, column in (("competences", "code"), ("roles", "role"), ("units", "unit"), ("units", "slug"), ("qualifications", "qualification")):
        for directory in (ROOT / "rules/catalogue", ROOT / "rules/examples/888/catalogue"):
            if (directory / f"{name}.csv").exists():
                with open(directory / f"{name}.csv", encoding="utf-8", newline="") as table:
                    codes |= {row[column] for row in csv.DictReader(table) if row.get(column)}
    assert {"STL3", "X.SAFE", "TASS", "yearly-update"} <= codes and len(codes) > 300
    return codes


def codes_in(printed, codes, answer):
    """The codes among the words that were printed, less those in titles: HLTA is a word there."""
    titles = " ".join(r["development"]["title"] for r in answer["recommendations"] + answer["held_back"])
    words = set(re.findall(r"[\w@/.-]*\w", printed)) - set(re.findall(r"[\w@/.-]*\w", titles))
    ids = {r["recommendation"] for r in answer["recommendations"]}
    return words & (codes | ids) | set(re.findall(r"\b(?:STL\d+|X\.[A-Z]{3,4}|rule|source)\b", " ".join(words)))


def test_a_persons_view_fits_a_screen_and_a_half(demo):
    codes, wrong = codes_of_the_catalogue(demo), []
    for (school, person), answer in demo.people.items():
        printed = show(demo, school, person)
        lines = printed.split("\n")[:-1]
        if len(lines) > VIEW or max(map(len, lines)) > COLUMNS or "\033" in printed or "u001b" in printed or codes_in(printed, codes, answer):
            wrong.append((school, person, len(lines), max(map(len, lines)), codes_in(printed, codes, answer)))
        words = set(" ".join(r["development"]["title"] for r in answer["recommendations"] + answer["held_back"]).translate({58: None, 44: None}).split())
        cut = [line.partition(" ...")[0].split()[-1] for line in lines if re.match(r"\d+(\.| more) .* \.\.\.", line)]
        assert {word.strip(",:;") for word in cut} <= words, printed  # between words
        assert all(sum(line == group for line in lines) <= 1 for group in GROUPS), printed
        cards = min(len(answer["recommendations"]), 8)
        assert [int(n) for n in re.findall(r"^(\d+)\. ", printed, re.M)] == list(range(1, cards + 1)), printed
        more = len(answer["recommendations"]) - cards + len(answer["held_back"])
        assert len(re.findall(r"^\d+ more waits?: ", printed, re.M)) == (more > 0) and (not more or f"{more} more wait" in printed), printed
    assert not wrong, wrong


def test_the_order_of_the_view_is_the_order_of_the_advice(demo):
    (school, person), answer = max(demo.people.items(), key=lambda one: len(one[1]["recommendations"]))
    printed = " ".join(show(demo, school, person).split())
    at = [printed.index(f"{n}. {r['development']['title']}") for n, r in enumerate(answer["recommendations"][:8], 1)]
    assert at == sorted(at) and len(at) == 8


def test_a_card_has_twelve_lines(demo):
    """One of each recommendation that somebody in the demo has; every row that a card owes is there."""
    codes, seen = codes_of_the_catalogue(demo), set()
    for (school, person), answer in demo.people.items():
        for number, r in enumerate(answer["recommendations"], 1):
            if r["recommendation"] in seen:
                continue
            seen.add(r["recommendation"])
            printed = show(demo, school, person, r["recommendation"])
            lines = printed.split("\n")[:-1]
            assert len(lines) <= LINES and max(map(len, lines)) <= COLUMNS, printed
            assert not codes_in(printed, codes, answer), printed
            labels = re.findall(r"^   (\w+(?: \w+)?)  ", printed, re.M)
            assert {"Why", "For", "When", "With", "Cost", "To agree", "Next"} <= set(labels), printed
            assert " ".join(printed.split()).startswith(r["development"]["title"]), printed
            if number < 3:
                assert show(demo, school, person, str(number)) == printed
    assert len(seen) > 100


def test_a_text_has_at_most_160_characters(demo):
    codes = codes_of_the_catalogue(demo)
    for (school, person), answer in demo.people.items():
        texts = show(demo, school, person, "--text").split("\n")[:-1]
        assert len(texts) == max(1, len(answer["recommendations"]))
        assert max(map(len, texts)) <= TEXT and not codes_in("\n".join(texts), codes, answer), texts
        for text, r in zip(texts, answer["recommendations"]):
            title = r["development"]["title"]
            assert text.startswith(title[:60].rsplit(" ", 1)[0] if len(title) > 60 else title), text
            cut = text.partition("...")[0]
            assert text.endswith(".") and (cut == text or re.match(rf"{re.escape(cut)}( |$)", title)), text  # in whole words


def test_a_narrow_terminal_is_respected(demo):
    """Forty columns: every line fits, and the promises in lines hold. A wide one is not filled."""
    people = sorted(demo.people.items(), key=lambda one: -len(one[1]["recommendations"]))[:4]
    for (school, person), _ in people:
        for columns in (40, 60, 200):
            view = show_on_a_terminal(demo, school, columns, person)
            bare = re.sub(r"\033\[\d*m", "", view).split("\n")[:-1]
            card = show_on_a_terminal(demo, school, columns, person, "1").split("\n")[:-1]
            assert max(map(len, bare + card)) <= min(columns, COLUMNS), view
            assert len(bare) <= VIEW and len(card) <= LINES, view
            assert "\033" in view  # the headings are bold on a terminal


def test_detail_keeps_what_the_card_leaves_out(demo):
    answer = demo.people["8889901", "p-0106"]
    printed = " ".join(show(demo, "8889901", "p-0106", "--detail").split())
    for r in answer["recommendations"]:
        assert f"[{r['recommendation']}]" in printed and r["summary"] in printed
        assert all(f"rule {b['rule']}, source {b['source']}" in printed for b in r["because"])
    assert "Needs" in printed and "with support (2)" in printed
    chosen = next(r for r in answer["recommendations"] if r["alternatives"])
    one = " ".join(show(demo, "8889901", "p-0106", chosen["recommendation"], "--detail").split())
    assert f"[{chosen['recommendation']}]" in one and chosen["practicalities"][0]["detail"] in one and "alternative: " in one
    assert not any(f"[{r['recommendation']}]" in one for r in answer["recommendations"] if r is not chosen)


def test_a_long_list_is_shortened(demo):
    for (school, person), answer in demo.people.items():
        for r in answer["recommendations"]:
            if len(r["answers"]) > 20 and len(r["practicalities"]) < 20:
                printed = " ".join(show(demo, school, person, r["recommendation"]).split())
                assert re.search(r" and (\d+) more; --detail lists them ", printed)[1] in {str(len(r["answers"]) - n) for n in (2, 3, 4)}, printed
                detail = show(demo, school, person, r["recommendation"], "--detail")
                assert all(a["competence"].split("/")[1] in detail for a in r["answers"]), detail
                return
    raise AssertionError("nobody has so many")


def test_a_card_that_is_not_there(demo):
    command = [NEEDS, "--server", demo.endpoint, "--authority", "888", "--school", "8889901", "show", "p-0106"]
    for which in ("0", "99", "shadowing.NONE", "1x", ""):
        done = subprocess.run([*command, which], capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and "is not recommended to p-0106 now" in done.stderr and not done.stdout, done
    for options in (["--detail"], ["--full"], ["--answers"]):
        done = subprocess.run([*command, "--text", *options], capture_output=True, text=True, timeout=60)
        assert done.returncode == 2 and "--text goes with a person" in done.stderr, done


# --- answers ---

def card(needs, *which):
    """The rows of one card: label -> words."""
    printed = needs("show", "p-1", *which)
    rows = re.findall(r"^   (\w+(?: \w+)?)  +(.*(?:\n {13}.*)*)", printed, re.M)
    return {label: " ".join(words.split()) for label, words in rows}


def groups(needs):
    return [line for line in needs("show", "p-1").split("\n") if line in GROUPS]


def test_a_card_says_what_was_answered_and_what_comes_next(needs):  # noqa: F811
    door, chosen = needs.door, next(r for r in recommended(needs, "p-1") if not r.startswith("finding-out"))
    assert card(needs, chosen)["Next"].startswith("say yes or no") and "So far" not in card(needs, chosen)
    assert "Agreed or under way" not in groups(needs)
    for response, date, so_far, then in (
            ("accepted", "2026-09-02", "accepted by the person, counts from 2 September 2026", "say yes or no"),
            ("accepted", "2026-09-01", "accepted by the person on 1 September 2026; accepted by the person, counts from 2 September 2026", "agree the rest with your manager, then start"),
            ("started", "2026-09-01", "started by the person on 1 September 2026", "carry on, and tell your manager when it is completed")):
        needs("respond", "p-1", chosen, response, "--date", date)
        door.settle()
        now = card(needs, chosen)
        assert now["So far"].startswith(so_far) and now["Next"].startswith(then), now
        assert ("Agreed or under way" in groups(needs)) == (not then.startswith("say")), response
    assert groups(needs)[0] == "Agreed or under way"


def test_a_card_says_what_was_agreed(needs):  # noqa: F811
    door, chosen = needs.door, recommended(needs, "p-1")[0]
    open_checks = [p["check"] for r in door.person("p-1")["recommendations"] if r["recommendation"] == chosen for p in r["practicalities"]]
    needs("agree", "p-1", chosen, "--term", "release=met,minutes=90", *(word for check in open_checks if check != "release" for word in ("--term", f"{check}=met")),
          "--date", "2026-09-01")
    door.settle()
    now = card(needs, chosen)
    assert now["So far"] == "agreed: time off your work (1 h 30 min)" and now["Next"] == "everything is agreed: you can start" and "To agree" not in now, now
    needs("agree", "p-1", chosen, "--term", f"{open_checks[0]}=unmet", "--date", "2026-09-01")
    door.settle()
    assert card(needs, chosen)["Not met"]


def test_what_was_declined_or_contested_is_one_line(needs):  # noqa: F811
    door = needs.door
    ids = recommended(needs, "p-1")
    titles = {r["recommendation"]: r["development"]["title"] for r in door.person("p-1")["recommendations"]}
    needs("respond", "p-1", ids[0], "declined", "--date", "2026-09-01")
    needs("respond", "p-1", ids[1], "contested", "--date", "2026-09-01")
    door.settle()
    printed = needs("show", "p-1")
    assert f"\nDeclined: {titles[ids[0]]}\n" in printed and f"\nCONTESTED, needs a decision: {titles[ids[1]][:40]}" in printed
    assert printed.index("CONTESTED") < printed.index("1. ") < printed.index("Declined: ")
    assert ids[0] not in printed and len(printed.split("\n")) <= VIEW + 1


def test_nothing_recommended_is_said_kindly(needs, tmp_path):  # noqa: F811
    door = needs.door
    door.settle(door.push_good(post("p-1")))
    asked = {n["competence"].split("/")[1]: n["required"] for n in door.person("p-1")["needs"]}
    door.settle(door.push_good(rated("p-1", asked)))
    assert not door.person("p-1")["recommendations"]
    assert needs("show", "p-1") == "p-1: nothing is recommended, 1 September 2026\nNo needs: every level that the post requires is met. Thank you.\n"
    assert needs("show", "p-1", "--text") == "No needs: every level that the post requires is met. Thank you.\n"
