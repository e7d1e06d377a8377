"""What a workforce adviser expects for invented people holds, but for what open.txt names."""
import csv
import re

import judge
import pytest
import table

SELECT = {"competence", "development", "then"}  # which cards a ref is about; the other members are checks


@pytest.fixture(scope="module")
def results():
    """Case, kind and text of each expectation that a machine can judge, and whether it is held."""
    return {(case["id"], expectation["kind"], expectation["text"]): held
            for case, said in judge.advise(judge.cases()) for expectation, held in judge.judged(case, said)}


def test_what_is_expected_is_held(results):
    broken = sorted(key for key, held in results.items() if not held and key not in judge.still_open())
    assert not broken, "\n".join(" ".join(key) for key in broken)


def test_what_is_open_is_not_held(results):
    """Each of open.txt is an expectation that does not hold, so that it is taken out once it does."""
    assert judge.still_open() <= set(results)
    held = sorted(key for key in judge.still_open() if results[key])
    assert not held, "take these out of open.txt:\n" + "\n".join(" ".join(key) for key in held)


def column(name, of):
    with (judge.ROOT / "rules" / "catalogue" / name).open(newline="") as file:
        return {row[of] for row in csv.DictReader(file)}


def test_refs_name_what_there_is():
    """A misspelt competence, kind or member is never found, so that a `must_not` of it would always be held."""
    competences, kinds = column("competences.csv", "code"), column("kinds.csv", "kind") | set(judge.WORDS)
    unknown = []
    for case in judge.cases():
        for ref in (expectation.get("ref", {}) for expectation in case["expectations"]):
            unknown += [(case["id"], code) for code in ref.get("competence", []) if code not in competences]
            unknown += [(case["id"], name) for name in ref.get("development", []) if name.partition(".")[0] not in kinds]
            unknown += [(case["id"], name) for name in ref if name not in SELECT | set(judge.CHECKS) | judge.NOT_YET]
    assert not unknown


def test_page_is_current():
    """README.md is what `judge.py --table` writes."""
    assert (judge.HERE / "README.md").read_text() == table.page(judge.cases(), judge.still_open()), "write README.md again, as it says itself"


def test_page_has_no_bare_code():
    """An adviser reads titles, not codes of the catalogue."""
    text = (judge.HERE / "README.md").read_text()
    codes = column("competences.csv", "code") | column("units.csv", "unit") | {code for code in column("qualifications.csv", "qualification") if "-" in code}
    assert not [code for code in codes if re.search(rf"(?<![\w.-]){re.escape(code)}(?![\w-])", text)]
