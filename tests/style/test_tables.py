"""A table has one place, and a new row of it fails here until each file that must know it does. The message names that file.

Read from the sources, so that nothing needs to be built. Other tests hold the rest: columns of rules.csv and names that rules can use against
docs/rules.md and rules/needs.lua (unit tests `table` and `rules_names`), event types against docs/schema (`event_schema`), options against
needsd.conf(5) (`config`), commands against needs(1) (test_35_documents.py). docs/architecture.md lists what to touch."""
import csv
import functools
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@functools.cache
def read(name):
    return (ROOT / name).read_text()


def between(name, begin, end):
    """The text of a file from a pattern to the next `end`."""
    found = re.search(begin, read(name), re.M)
    assert found, f"tests/style/test_tables.py looks for {begin!r} in {name}, which is not there any more"
    return read(name)[found.end():read(name).index(end, found.end())]


def table(name, array):
    """What stands between the braces of an array, without its comments."""
    return re.sub(r"/\*.*?\*/", "", between(name, rf"\b{array}(\[\w*\])* *= *\{{", "};"), flags=re.S)


def first_texts(name, array):
    """The first text of each row: {"push", ...}."""
    return re.findall(r'\{(?:\w+, *)?"([^"]*)"', table(name, array))


def texts(name, array):
    return re.findall(r'"([^"]*)"', table(name, array))


def constants(name, begin, prefix):
    """The constants of an enum, but for its count."""
    found = re.findall(rf"\b({prefix}\w+)", re.sub(r"/\*.*?\*/", "", between(name, begin, "}"), flags=re.S))
    return [c for c in found if not c.endswith(("_KINDS", "_COUNT"))]


def same(rows, of, known, where, what):
    """Every row is known there, and nothing else is."""
    rows, known = set(rows), set(known)
    assert rows, f"{of} has no rows that this test can read"
    assert not rows - known, f"{where} does not have the {what} {', '.join(sorted(rows - known))} of {of}: add it there"
    assert not known - rows, f"{where} has the {what} {', '.join(sorted(known - rows))}, which {of} does not have"


# --- the wire ---

def test_verbs_are_in_the_protocol():
    rows = between("docs/protocol.md", r"^\| verb \| does \| answered \|\n", "\n\n").splitlines()[1:]
    told = [verb for row in rows for verb in re.findall(r"`(\w+)`", row.split("|")[1])]
    same(first_texts("daemon/door/door.c", "verbs"), "verbs[] in daemon/door/door.c", told, "docs/protocol.md, the table of verbs", "verb")


def test_questions_are_in_the_protocol():
    rows = between("docs/protocol.md", r"^\| question \| takes \| answer \|\n", "\n\n").splitlines()[1:]
    documented = [question for row in rows for question in re.findall(r"`(\w+)`", row.split("|")[1])]
    same(first_texts("daemon/door/ask.c", "questions"), "questions[] in daemon/door/ask.c", documented, "docs/protocol.md, the table of section 9", "question")


EVENT_TYPES = "event_types[] in daemon/event/types.c"


def event_rows():
    """(EVENT_KIND, type, whether it has a subject)"""
    return [(kind, name, subject == "true") for kind, name, subject in re.findall(r'TYPE\((EVENT_\w+), "([^"]+)", "[^"]+", (\w+),', table("daemon/event/types.c", "event_types"))]


def test_event_types_are_in_the_protocol():
    headings = " ".join(re.findall(r"^### (.*)$", read("docs/protocol.md"), re.M))
    told = re.findall(r"needs\.[a-z]+\.[a-z]+\.v1", headings)
    same([name for _, name, _ in event_rows()], EVENT_TYPES, told, "docs/protocol.md, the headings of section 3", "type")


def published():
    return [word for word in texts("daemon/pipeline/stats.c", "publication_words") if word != "other"]


@pytest.mark.parametrize("where", ["docs/protocol.md", "clients/needs/watch.c", "docs/schema"])
def test_types_of_publications_are_known(where):
    """The client also knows types that are published no more."""
    of = "publication_words[] in daemon/pipeline/stats.c"
    if where == "docs/schema":
        known = [path.name[len("needs."):-len(".v1.json")] for path in (ROOT / where).glob("needs.*.v1.json")]
    elif where == "docs/protocol.md":
        known = re.findall(r"`needs\.([a-z.]+)\.v1`", between(where, r"^\| `needs\.recommendation\.issued\.v1` ", "\n\n") + "`needs.recommendation.issued.v1`")
    else:
        known = first_texts(where, "kinds")
    missing = set(published()) - set(known)
    assert not missing, f"{where} does not have the type {', '.join(sorted(missing))} of {of}: add it there"


def test_the_command_names_types_that_there_are():
    there = {name for _, name, _ in event_rows()} | {f"needs.{word}.v1" for word in published()}
    for path in sorted((ROOT / "clients" / "needs").glob("*.c")):
        name = str(path.relative_to(ROOT))
        said = set(re.findall(r"\bneeds\.[a-z]+\.[a-z]+\.v1\b", read(name)))
        said |= {f"needs.{word}.v1" for word in re.findall(r'\.type = "([a-z]+\.[a-z]+)"', read(name))}
        assert said <= there, f"{name} names the type {', '.join(sorted(said - there))}, which {EVENT_TYPES} does not have"


# --- why advice changed ---

def test_events_about_a_person_are_causes():
    """An event that is about a person and not in order[] would be published with the cause of another."""
    about = [kind for kind, _, subject in event_rows() if subject]
    ordered = re.findall(r"EVENT_\w+", table("daemon/pipeline/compare.c", "order"))
    same(about, EVENT_TYPES + " (those with a subject)", ordered, "order[] in daemon/pipeline/compare.c", "kind")
    assert len(ordered) == len(set(ordered))


def test_what_touches_advice_has_a_word():
    bits = set(re.findall(r"^#define (TOUCHED_\w+) ", read("daemon/pipeline/internal.h"), re.M))
    words = re.findall(r"TOUCHED_\w+", table("daemon/pipeline/compare.c", "others"))
    same(bits, "TOUCHED_* in daemon/pipeline/internal.h", words, "others[] in daemon/pipeline/compare.c", "bit")


@pytest.mark.parametrize("where", ["kind_words[] in daemon/questions/change.c", "docs/protocol.md, the table of changes"])
def test_kinds_of_change_are_named(where):
    kinds = [c.removeprefix("CHANGE_").lower() for c in constants("daemon/needs/what_if.h", r"enum change_kind \{", "CHANGE_")]
    known = texts("daemon/questions/change.c", "kind_words")
    if where.startswith("docs"):
        known = re.findall(r"^\| `([a-z]+)`", between("docs/protocol.md", r"^\| `kind` \| members \| the event \|\n", "\n\n"), re.M)
    same(kinds, "enum change_kind in daemon/needs/what_if.h", known, where, "kind of change")


# --- the catalogue and what rules say ---

def kinds_of_the_client():
    return re.findall(r'\{"([^"]+)", *"', between("clients/needs/advice.c", r"^static const char \*kind_words\(const char \*kind\) \{", "\n}"))


def kinds_of_the_card():
    return re.findall(r'\{"([^"]+)", *"', table("clients/needs/card.c", "kinds"))


def kinds_of_the_builders():
    return re.findall(r'\{"\w+", "([^"]+)", ', table("daemon/rules/names.c", "builder_rows"))


def kinds_of_the_protocol():
    return re.findall(r"`([a-z-]+)`", between("docs/protocol.md", r"^\| `development` \| `\{kind, id, title.*?Formal: ", "The list is data"))


@pytest.mark.parametrize("where, known", [("kind_words in clients/needs/advice.c", kinds_of_the_client), ("kinds[] in clients/needs/card.c", kinds_of_the_card),
                                          ("builder_rows[] in daemon/rules/names.c", kinds_of_the_builders),
                                          ("docs/protocol.md, the row `development` of a recommendation", kinds_of_the_protocol)])
def test_kinds_of_development_are_known(where, known):
    with (ROOT / "rules/catalogue/kinds.csv").open(newline="") as file:
        kinds = [row["kind"] for row in csv.DictReader(file)]
    same(kinds, "rules/catalogue/kinds.csv", known(), where, "kind of development")


@pytest.mark.parametrize("code, array", [("check", "checks"), ("payer", "payers")])
def test_the_card_has_words_for_practicalities_and_payers(code, array):
    """Without a row a card says the long words, or a bare code."""
    file = {"check": "practicalities", "payer": "payers"}[code]
    with (ROOT / f"rules/catalogue/{file}.csv").open(newline="") as rows:
        codes = [row[code] for row in csv.DictReader(rows)]
    words = re.findall(r'\{"([^"]+)", *"', table("clients/needs/card.c", array))
    same(codes, f"rules/catalogue/{file}.csv", words, f"{array}[] in clients/needs/card.c", code)


@pytest.mark.parametrize("words", ["nature_words", "employer_words", "progression_words"])
def test_words_of_rules_are_the_words_of_events(words):
    """In the same order, too: both are found by the number of the enum."""
    events, rules = texts("daemon/event/types.c", words), texts("daemon/rules/names.c", words)
    same(events, f"{words} in daemon/event/types.c", rules, f"{words} in daemon/rules/names.c", "word")
    assert events == rules, f"{words}: the order in daemon/rules/names.c is not that of daemon/event/types.c"


WORDS_OF = ("daemon/rules/names.c", "daemon/rules/facts.c", "daemon/catalogue/tables.c")


def word_lists():
    """(member, array) of each list that names.c gives a member."""
    return re.findall(r'\{"(\w+\.\w+)", (\w+), \w+\}', table("daemon/rules/names.c", "lists"))


def test_words_that_a_member_can_be_are_in_its_meaning():
    """Authors of rules read them there, and in docs/rules.md, which repeats it."""
    assert len(word_lists()) > 4
    for member, array in word_lists():
        name = next(n for n in WORDS_OF if re.search(rf"\b{array}\[\w*\] *= *\{{", read(n)))
        row = re.search(rf'\{{"{member.split(".")[0]}", "{member.split(".")[1]}", "[^"]*",\s*((?:"[^"]*"\s*)+)\}}', read("daemon/rules/names.c"))
        meaning = "".join(re.findall(r'"([^"]*)"', row[1]))
        missing = [word for word in texts(name, array) if not re.search(rf"(?<![\w-]){word}(?![\w-])", meaning)]
        assert not missing, f"the row of {member} in api_rows[] of daemon/rules/names.c does not have the words {missing} of {array} in {name}"


# --- what administrators read ---

@pytest.mark.parametrize("where", ["docs/operations.md", "docs/alerts.yml"])
def test_metrics_of_the_documents_are_shown(where):
    """Not the other way round: a metric's own help explains it, and the documents name those worth an alarm."""
    rows = set(re.findall(r'\{"(\w+)", (?:GAUGE|COUNTER|HISTOGRAM)', read("daemon/metrics.c")))
    said = {name.removesuffix("_bucket") for name in re.findall(r"\b(?:needsd|process)_[a-z_]+[a-z]\b", read(where))}
    assert len(rows) > 50 and len(said) > 10
    assert said <= rows, f"{where} names {', '.join(sorted(said - rows))}, which rows[] in daemon/metrics.c does not have"


# --- the journal ---

NOTES = "enum note_kind in daemon/store/store.h"


def test_notes_of_the_journal_have_one_table():
    """The words are in the data of every server: they stay as they are."""
    kinds = constants("daemon/store/store.h", r"enum note_kind \{", "NOTE_")
    pairs = dict(re.findall(r'\[(NOTE_\w+)\] = "([^"]+)"', table("daemon/store/rows.c", "note_words")))
    same(kinds, NOTES, pairs, "note_words[] in daemon/store/rows.c", "note")
    for kind, word in pairs.items():
        assert word == kind.removeprefix("NOTE_").lower(), f"{kind} is stored as {word}"


def test_notes_of_the_journal_are_read_at_a_start():
    kinds = constants("daemon/store/store.h", r"enum note_kind \{", "NOTE_")
    cases = re.findall(r"case (NOTE_\w+):", between("daemon/pipeline/load.c", r"^static int take_note\(", "\n}"))
    same(kinds, NOTES, [c for c in cases if c != "NOTE_KINDS"], "take_note in daemon/pipeline/load.c", "note")


def test_no_file_spells_a_kind_of_row_itself():
    for path in sorted((ROOT / "daemon").rglob("*.c")):
        spelled = re.findall(r'strcmp\((?:row|n|r|note)->kind, "[^"]*"\)', path.read_text())
        spelled += re.findall(r'(?:note_add|batch_note)\([^;]*, "[a-z]+", ', path.read_text())
        if path.parent.name in ("pipeline", "policy", "questions", "register", "store"):
            assert not spelled, f"{path.relative_to(ROOT)} spells the kind of a journal row, {spelled}: use enum note_kind or JOURNAL_EVENT of daemon/store/store.h"


# --- the map for newcomers ---

MAP = "docs/architecture.md, the table of what to touch,"


def map_cells():
    rows = between("docs/architecture.md", r"^\| to add \| touch \| then \|\n", "\n\n").splitlines()[1:]
    assert len(rows) > 8
    return [cell for row in rows for cell in row.split(" | ")]


def named_places():
    """(file, name) for each name in backticks in the brackets after a file."""
    for cell in map_cells():
        for file, brackets in re.findall(r"`([\w.-]+/[\w./-]*)` \(([^()]*)\)", cell):
            for name in re.findall(r"`(\w+(?:\[\])?)`", brackets):
                yield file, name


def test_files_of_the_map_exist():
    paths = {path for cell in map_cells() for path in re.findall(r"`([\w.-]+/[\w./-]*)`", cell)}
    missing = sorted(path for path in paths if not (ROOT / path).exists())
    assert len(paths) > 40
    assert not missing, f"{MAP} names {', '.join(missing)}, which does not exist"


def test_names_of_the_map_are_in_their_files():
    places = list(named_places())
    assert len(places) > 40
    for file, name in places:
        pattern = rf"(?<!\w){re.escape(name.removesuffix('[]'))}"
        pattern += r"\[" if name.endswith("[]") else r"(?!\w)"
        assert re.search(pattern, read(file)), f"{MAP} has `{name}` in {file}, which does not have it"


def test_names_of_the_map_follow_their_file():
    """A name outside the brackets of a file would be checked against nothing."""
    checked = {name for _, name in named_places()}
    for cell in map_cells():
        loose = [name for name in re.findall(r"`(\w*_\w*(?:\[\])?)`", cell) if name not in checked]
        assert not loose, f"{MAP} has {', '.join(loose)} without a file: write `file` (`name`)"
