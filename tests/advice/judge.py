#!/usr/bin/python3
"""Holds the advice for invented people against what a workforce adviser expects: judge.py [--table] [ID ...]

people/*.json: one case each, of a school of its own: facts as events, the people advised, and expectations, each with its source. everybody.json: what
is expected for each person. `must` and `must_not` decide, `should` is better advice. An expectation with a `ref` is judged here; one without is
for a reader. `--table` writes the page that an adviser reads (README.md, of all). A ref's members:

  competence, development  what the card answers, and its id; `coaching` is every coaching, `qualification.*` every qualification
  place, cards             the place of the first such card in the list (1 first); how many such cards there are
  together                 one card answers all these competences
  first, then              the first card of `first` stands before every card of `then`, or is the same
  helper, offer, date      named in the card
  max_cards, max_minutes, max_beyond, beyond, pence, payer, payer_not, by
  max_in_contract_of_inset minutes of a session in school that lie in paid hours
  duplicates               how many cards may say what another card says already
  unrated                  a card other than finding out, or a yearly duty, for something that nobody has rated
  unit                     all these units are named
  nothing                  nobody is left without a card
  order                    duties by law stand before the post, and the post before growth
  plain                    what a person reads has no code or rule in it
  priced                   what is bought (a course, a unit, an award) says who pays
  goal                     a goal of that code is named, for the person
  says                     one of these words stands in such a card
"""
import fnmatch
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import table  # noqa: E402
from daemon import ROOT, Daemon  # noqa: E402

OVERLAY = ROOT / "rules" / "examples" / "888" / "catalogue"
BOUGHT = {"course", "unit", "qualification", "apprenticeship", "status"}
WORDS = {"talk": "finding-out.review", "finding-out": "finding-out.*"}  # forms that the panel writes as words


def cases(names=()):
    paths = sorted((HERE / "people").glob("*.json"))
    return [json.loads(path.read_text()) for path in paths if not names or path.stem in names]


def advise(wanted):
    """The cases with what each person is advised: case, and person -> the answer to `ask person`, with its routes."""
    authority = {"888": {"name": "An imaginary authority", "catalogue": OVERLAY}}
    with Daemon(authorities=authority) as daemon:
        door = daemon.door()
        for case in sorted(wanted, key=lambda case: case["day"]):
            door.day(case["day"])
            door.settle(door.push_good(case["facts"]))
            said = {person: door.person(person, school=case["school"]) for person in case["advised"]}
            yield case, said


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
    return sum(card["cost"].get(what) or 0 for card in cards if "cost" in card for what in ("fee", "materials", "travel"))


def duplicates(cards):
    """Cards of a kind that another card has for the same competences."""
    seen = [(card["development"]["kind"], *sorted(answer["competence"] for answer in card["answers"])) for card in cards if "development" in card]
    return len(seen) - len(set(seen))


def assumed(card):
    """Is it for something unrated, as if that were none? Asking is no assumption; the law asks for a record of its duties."""
    asks = card_id(card).startswith("finding-out.") or card.get("purpose") == "compliance"
    return not asks and any(answer["current"] is None for answer in card.get("answers", []))


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


# --- a ref's members: each says whether what is asked holds ---

def has_order(ref, cards):
    def at(names):
        return [i for i, card in enumerate(cards) if answers(card, names) or any(is_development(card, name) for name in names if "." in name)]
    first, then = at(ref["first"]), at(ref["then"])
    return bool(first) and all(i <= k for i in first[:1] for k in then)


def names_goal(ref, cards, said):
    goals = [goal.get("goal") for goal in said.get("goals", [])] + [card.get("goal") for card in cards]
    return any(goal and goal.rpartition(".")[2] == ref["goal"] for goal in goals)


CHECKS = {
    "place": lambda ref, cards, all_cards, said: bool(cards) and place(all_cards, cards[0]) <= ref["place"],
    "cards": lambda ref, cards, all_cards, said: len(cards) == ref["cards"],
    "first": lambda ref, cards, all_cards, said: has_order(ref, all_cards),
    "priced": lambda ref, cards, all_cards, said: all(payers(card) for card in all_cards if card_id(card).partition(".")[0] in BOUGHT),
    "order": lambda ref, cards, all_cards, said: in_order(all_cards),
    "together": lambda ref, cards, all_cards, said: any(all(answers(card, [code]) for code in ref["together"]) for card in cards),
    "helper": lambda ref, cards, all_cards, said: any(named(card, ref["helper"]) for card in cards),
    "offer": lambda ref, cards, all_cards, said: any(named(card, offer) for card in cards for offer in listed(ref["offer"])),
    "date": lambda ref, cards, all_cards, said: any(named(said, date) for date in listed(ref["date"])),
    "by": lambda ref, cards, all_cards, said: any(named(card, ref["by"]) for card in cards),
    "max_cards": lambda ref, cards, all_cards, said: len(all_cards) <= ref["max_cards"],
    "max_minutes": lambda ref, cards, all_cards, said: minutes(cards) <= ref["max_minutes"],
    "max_beyond": lambda ref, cards, all_cards, said: beyond(cards) <= ref["max_beyond"],
    "beyond": lambda ref, cards, all_cards, said: beyond(cards) > 0 if ref["beyond"] == "named" else beyond(cards) == ref["beyond"],
    "pence": lambda ref, cards, all_cards, said: any(pence([card]) == ref["pence"] for card in cards),
    "payer": lambda ref, cards, all_cards, said: any(ref["payer"] in payers(card) for card in cards) if isinstance(ref["payer"], str) else all(
        any(payer in payers(card) for card in all_cards if answers(card, [code])) for code, payer in ref["payer"].items()),
    "payer_not": lambda ref, cards, all_cards, said: not any(payer in payers(card) for card in cards for payer in ref["payer_not"]),
    "goal": lambda ref, cards, all_cards, said: names_goal(ref, all_cards, said),
    "unit": lambda ref, cards, all_cards, said: all(any(named(card, unit) for card in all_cards) for unit in ref["unit"]),
    "says": lambda ref, cards, all_cards, said: any(named(card, words) for card in cards for words in ref["says"]),
    "purpose": lambda ref, cards, all_cards, said: any(card.get("purpose") == ref["purpose"] for card in cards),
    "level": lambda ref, cards, all_cards, said: any(answer.get("current") == ref["level"] for card in cards for answer in card["answers"]
                                                     if answer["competence"].rpartition("/")[2] in ref["competence"]),
}
ABOUT_ALL = {"order", "priced", "goal", "max_cards", "first", "date", "unit"}  # which need no card of the ref's own
OFFENCES = {
    "payer_not": lambda ref, cards, said: not CHECKS["payer_not"](ref, cards, cards, said),
    "max_cards": lambda ref, cards, said: len(cards) > ref["max_cards"],
    "helper": lambda ref, cards, said: any(named(card, ref["helper"]) for card in cards),
    "nothing": lambda ref, cards, said: not cards,
    "plain": lambda ref, cards, said: any(has_codes(card) for card in cards),
    "duplicates": lambda ref, cards, said: duplicates(cards) > ref["duplicates"],
    "unrated": lambda ref, cards, said: any(assumed(card) for card in cards),
    "max_in_contract_of_inset": lambda ref, cards, said: any(
        card["minutes"]["in_contract"] > ref["max_in_contract_of_inset"] for card in cards if card_id(card).startswith("inset.")),
}
FOR_A_READER = {"ends_after", "capacity", "until", "places"}  # which say more than a card does today


def holds(ref, cards, said):
    """Does the person's advice do what the ref says?"""
    found = chosen(cards, ref)
    checks = [name for name in ref if name in CHECKS]
    if (ref.get("competence") or ref.get("development")) and not found and not ABOUT_ALL & set(checks):
        return False
    return all(CHECKS[name](ref, found, cards, said) for name in checks)


def offends(ref, cards, said):
    """Does the person's advice do what it must not?"""
    for name, offence in OFFENCES.items():
        if name in ref:
            return offence(ref, cards, said)
    found = [card for card in cards if any(is_development(card, pattern) for pattern in ref.get("development", []))]
    if "offer" in ref:
        return any(named(card, ref["offer"]) for card in found)
    of_competence = [card for card in cards if answers(card, ref.get("competence", []))]
    if not ref.get("development"):
        return bool(of_competence)
    if ref.get("competence") and any("*" in pattern or "." not in pattern for pattern in ref["development"]):
        return any(card in of_competence for card in found)
    return bool(found or of_competence)


def everybody():
    """What is expected for each person, and is not said again."""
    return json.loads((HERE / "everybody.json").read_text())


def judged(case, said):
    """(expectation, held) for those that have a ref."""
    for expectation in case["expectations"] + everybody():
        ref = expectation.get("ref")
        if not ref:
            continue
        results = []
        for answer in said.values():
            cards = answer["recommendations"]
            results.append(not offends(ref, cards, answer) if expectation["kind"] == "must_not" else holds(ref, cards, answer))
        yield expectation, all(results)


def still_open():
    """Case, kind and text of what open.txt names."""
    lines = [line for line in (HERE / "open.txt").read_text().splitlines() if line and not line.startswith("#")]
    return {tuple(line.split(" ", 2)) for line in lines}


def main(names):
    if "--table" in names:
        print(table.page(cases([name for name in names if name != "--table"]), everybody(), still_open()), end="")
        return
    totals = {}
    for case, said in advise(cases(names)):
        print(f"\n{case['id']}  {case['headline']}")
        for person, answer in said.items():
            for card in answer["recommendations"]:
                codes = " ".join(a["competence"].rpartition("/")[2] for a in card.get("answers", []))
                print(f"      {card_id(card):44.44} {card.get('purpose', ''):12} {card.get('priority', ''):>4} {sum(card.get('minutes', {}).values()):>5} min  {codes[:60]}")
        for expectation, held in judged(case, said):
            kind = expectation["kind"]
            had, of = totals.get(kind, (0, 0))
            totals[kind] = (had + held, of + 1)
            print(f"  {'ok ' if held else 'NOT'} {kind:8} {expectation['text'][:150]}")
    print()
    for kind, (had, of) in totals.items():
        print(f"{kind}: {had} of {of}")


if __name__ == "__main__":
    main(sys.argv[1:])
