"""What the cards of a list of advice say: one card, and what holds for every list."""
import csv
import fnmatch
import json
import pathlib
import re

CATALOGUE = pathlib.Path(__file__).resolve().parents[2] / "rules" / "catalogue"
BOUGHT = {"course", "unit", "qualification", "apprenticeship", "status"}
WORDS = {"talk": "finding-out.review", "finding-out": "finding-out.*"}  # forms that are written as words
NO_REASON = "The rules put it after this one."


# --- one card ---

def card_id(card):
    return f"{card['development']['kind']}.{card['development']['id']}" if "development" in card else card["recommendation"]


def is_development(card, pattern):
    pattern = WORDS.get(pattern, pattern)
    if " " in pattern:
        return pattern in card["development"]["title"]
    if "." not in pattern and "*" not in pattern:
        pattern += ".*"
    return fnmatch.fnmatchcase(card_id(card), pattern) or fnmatch.fnmatchcase(card["recommendation"], pattern)


def answers(card, codes):
    return any(answer["competence"].rpartition("/")[2] in codes for answer in card.get("answers", []))


def chosen(cards, ref):
    """The cards that a ref is about: of one of its developments, for one of its competences."""
    found = cards
    if ref.get("competence"):
        found = [card for card in found if answers(card, ref["competence"])]
    if ref.get("development"):
        found = [card for card in found if any(is_development(card, pattern) for pattern in ref["development"])]
    return found


def place(cards, card):
    return cards.index(card) + 1


def named(card, name):
    return name in json.dumps(card, ensure_ascii=False)


def listed(value):
    return [value] if isinstance(value, str) else value


def beyond(cards):
    return sum(card.get("minutes", {}).get("beyond", 0) for card in cards)


def minutes(cards):
    return sum(sum(card.get("minutes", {}).values()) for card in cards)


def payers(card):
    return {part["payer"] for part in card.get("cost", {}).get("split", [])}


def pence(cards):
    return sum(card["cost"].get(what) or 0 for card in cards if "cost" in card for what in ("fee", "registration", "materials", "travel"))


# --- what holds for every list ---

def duplicates(cards):
    """Cards of a kind that another card has for the same competences."""
    seen = [(card["development"]["kind"], *sorted(answer["competence"] for answer in card["answers"])) for card in cards if "development" in card]
    return len(seen) - len(set(seen))


def assumed(card):
    """Is it for something unrated, as if that were none? Asking is no assumption; the law asks for a record of its duties."""
    kind = card_id(card).partition(".")[0]
    asks = kind == "finding-out" or card.get("purpose") == "compliance"
    beside = kind in ("buddying", "coaching", "shadowing")  # somebody new, or with a new duty, begins beside a colleague
    return not asks and any(answer["current"] is None and not (beside and answer.get("from") in ("induction", "new-duty")) for answer in card.get("answers", []))


def rank(card):
    """0 the law, 1 the post, 2 growth; None where the place says nothing: what is agreed, and a person's own skills."""
    if card["group"] == "basic-skills" or card.get("responses") or card.get("agreements"):
        return None
    if card["group"] == "law":
        return 0
    return 2 if card["purpose"] == "growth" else 1


def in_order(cards):
    ranks = [rank(card) for card in cards if rank(card) is not None]
    return ranks == sorted(ranks)


CODES = re.compile(r"\bSTL\d+|\bX\.[A-Z0-9]{4}|\bTDA \d|@\d")


def has_codes(card):
    """A code of the catalogue, or a rule's name, in the words of a card."""
    words = [card["summary"], card["development"]["title"], *(reason["text"] for reason in card.get("because", []))]
    rules = {reason["rule"] for reason in card.get("because", [])}
    return any(CODES.search(text) or any(rule in text for rule in rules) for text in words)


def priced(cards):
    """What is bought says who pays."""
    return all(payers(card) for card in cards if card_id(card).partition(".")[0] in BOUGHT)


def to_agree(card):
    return sum(check["status"] == "to-agree" for check in card.get("practicalities", []))


def needs_of(card, said):
    keys = {answer["competence"] for answer in card.get("answers", [])}
    return [need for need in said.get("needs", []) if need["competence"] in keys]


def forgets(card, said):
    """It says that nobody has rated something which was rated, and ran out."""
    return "nobody has rated" in card["summary"] and any(need["lapsed_on"] for need in needs_of(card, said))


def reads_to_teach(card, said):
    """A module or reading to where somebody teaches others, which is learnt with others."""
    reading = card_id(card).partition(".")[0] in ("e-learning", "resource")
    return reading and any("teach" in need["levels"][need["required"]] for need in needs_of(card, said) if need["gap"])


def leaps(card, said, levels):
    """A module or reading that is said to lead up by so many levels at once."""
    reading = card_id(card).partition(".")[0] in ("e-learning", "resource")
    return reading and any(need["gap"] >= levels for need in needs_of(card, said) if need["current"] is not None)


def split(cards, said, codes):
    """More than one card for what one session covers; teaching it to others is something else."""
    def of_session(need):
        return need["competence"].rpartition("/")[2] in codes and "teach" not in need["levels"][need["required"]]
    return sum(any(of_session(need) for need in needs_of(card, said)) for card in cards) > 1


def in_contract(cards):
    """Minutes that are called in contract, but for an apprenticeship, which has a fifth of the paid time by its own rules."""
    return sum(card.get("minutes", {}).get("in_contract", 0) for card in cards if not card_id(card).startswith("apprenticeship."))


def names_unit(card, unit):
    """Is a unit named, by code, slug or title?"""
    with (CATALOGUE / "units.csv").open(newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["unit"] == unit)
    return any(named(card, row[column]) for column in ("unit", "slug", "title"))


def gives(card):
    """Competence -> level that the award or the unit of a card gives by the catalogue."""
    kind, _, of = card_id(card).partition(".")
    name, key = ("units.csv", "slug") if kind == "unit" else ("qualifications.csv", "qualification")
    if kind not in BOUGHT - {"course"}:
        return {}
    with (CATALOGUE / name).open(newline="") as file:
        found = next((row["gives"] for row in csv.DictReader(file) if row[key] == of), "")
    return {code: int(level) for code, _, level in (part.rpartition(":") for part in found.split(";") if part)}


def overstates(card, said):
    """The summary ends at a level that the award or the unit does not give."""
    levels = gives(card)
    for need in needs_of(card, said):
        given = levels.get(need["competence"].rpartition("/")[2])
        if given is not None and given < need["required"] and card["summary"].endswith(f'to "{need["levels"][need["required"]]}".'):
            return True
    return False


def read(card):
    """The words of a card that a person reads."""
    words = [card["summary"], card["development"]["title"], card.get("not_in_house", "")]
    words += [reason["text"] for reason in card.get("because", [])]
    words += [other["why_not_first"] for other in card.get("alternatives", [])]
    words += [check["detail"] for check in card.get("practicalities", []) if "detail" in check]
    return "\n".join(words)


def helpers_again(cards):
    """The same colleague, in the same way, in two cards."""
    found = [(helper["as"], helper["person"]) for card in cards for helper in card.get("with", [])]
    return len(found) > len(set(found))


def passes_over(card, willing):
    """A module or reading where a colleague is willing."""
    return card_id(card).partition(".")[0] in ("e-learning", "resource") and answers(card, willing)


def reasonless(card):
    return any(other["why_not_first"] == NO_REASON for other in card.get("alternatives", []))
