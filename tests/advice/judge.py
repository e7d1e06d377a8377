#!/usr/bin/python3
"""Holds the advice for invented people against what a workforce adviser expects: judge.py [--table | --write] [ID ...]

people/*.json: one case each, of a school of its own: facts as events, the people advised, and expectations, each with its source. Most are of
authority 888, with the catalogue of rules/examples/888; two are of 889, which has other scales. everybody.json: what is expected for each person. `must` and `must_not` decide, `should` is better advice. An expectation with a `ref` is judged here; one without is
for a reader. `--table` prints the page that an adviser reads. `--write` brings open.txt and that page, README.md, up to date: look at the
difference before you keep it. A ref's members:

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
  max_to_agree             how much may be left to settle before one card begins
  forgotten                what was rated and has run out is not called unrated
  read_to_teach            a module or reading does not lead to the top of the scale
  overstated               an award or a unit leads no further than the catalogue says
  reasonless               each alternative says why it is not first
  silent_on                no card without this date
  leaps                    no module or reading leads up by so many levels at once
  split                    one card for these, which one session covers
  share_of_year            not more of the paid year, in per cent, is called in contract; an apprenticeship has its own time
  words                    none of these in what a person reads
  purpose_not              no card of such a purpose
  one_card_each            a colleague has one card in a list, for each way of helping
  colleague_first          no module or reading where a colleague is willing and has room
  silent                   no card is about the competence, as if it were met
  goal                     a goal of that code is named, for the person
  ready, gates             whether the goal is ready; its gates with their states
  says                     one of these words stands in such a card
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import adviser_page  # noqa: E402
import cards as of_cards  # noqa: E402
from cards import WORDS, answers, beyond, card_id, chosen, is_development, minutes, named, payers, pence, place  # noqa: E402,F401
from daemon import ROOT, Daemon  # noqa: E402

OVERLAY = ROOT / "rules" / "examples" / "888" / "catalogue"


def cases(names=()):
    paths = sorted((HERE / "people").glob("*.json"))
    return [json.loads(path.read_text()) for path in paths if not names or path.stem in names]


def advise(wanted):
    """The cases with what each person is advised: case, and person -> the answer to `ask person`, with its routes."""
    authorities = {"888": {"name": "An imaginary authority", "catalogue": OVERLAY}, "889": {"name": "Another", "catalogue": HERE / "889"}}
    with Daemon(authorities=authorities) as daemon:
        door = daemon.door()
        for case in sorted(wanted, key=lambda case: case["day"]):
            door.day(case["day"])
            door.settle(door.push_good(case["facts"]))
            said = {person: door.person(person, authority=case["facts"][0]["authority"], school=case["school"]) for person in case["advised"]}
            yield case, said


# --- a ref's members: each says whether what is asked holds ---

def has_order(ref, cards):
    def at(names):
        return [i for i, card in enumerate(cards) if answers(card, names) or any(is_development(card, name) for name in names)]
    first, then = at(ref["first"]), at(ref["then"])
    return bool(first) and all(i <= k for i in first[:1] for k in then)


def names_goal(ref, cards, said):
    goals = [goal.get("goal") for goal in said.get("goals", [])] + [card.get("goal") for card in cards]
    return any(goal and is_goal(goal, ref) for goal in goals)


def is_goal(goal, ref):
    return ref["goal"] in (goal, goal.rpartition(".")[2])


def goal_of(ref, said):
    return next((goal for goal in said.get("goals", []) if is_goal(goal["goal"], ref)), None)


def is_ready(ref, said):
    goal = goal_of(ref, said)
    return goal is not None and goal["ready"] == ref["ready"]


def has_gates(ref, said):
    """The goal has these gates, each in this state."""
    goal = goal_of(ref, said)
    states = {gate["gate"]: gate["state"] for gate in goal["gates"]} if goal else {}
    return all(states.get(gate) == state for gate, state in ref["gates"].items())


CHECKS = {
    "place": lambda ref, cards, all_cards, said: bool(cards) and place(all_cards, cards[0]) <= ref["place"],
    "cards": lambda ref, cards, all_cards, said: len(cards) == ref["cards"],
    "first": lambda ref, cards, all_cards, said: has_order(ref, all_cards),
    "priced": lambda ref, cards, all_cards, said: of_cards.priced(all_cards),
    "order": lambda ref, cards, all_cards, said: of_cards.in_order(all_cards),
    "max_to_agree": lambda ref, cards, all_cards, said: all(of_cards.to_agree(card) <= ref["max_to_agree"] for card in all_cards),
    "colleague_first": lambda ref, cards, all_cards, said: not any(of_cards.passes_over(card, said["willing"]) for card in all_cards),
    "together": lambda ref, cards, all_cards, said: any(all(answers(card, [code]) for code in ref["together"]) for card in cards),
    "helper": lambda ref, cards, all_cards, said: any(named(card, ref["helper"]) for card in cards),
    "offer": lambda ref, cards, all_cards, said: any(named(card, offer) for card in cards for offer in of_cards.listed(ref["offer"])),
    "date": lambda ref, cards, all_cards, said: any(named(said, date) for date in of_cards.listed(ref["date"])),
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
    "ready": lambda ref, cards, all_cards, said: is_ready(ref, said),
    "gates": lambda ref, cards, all_cards, said: has_gates(ref, said),
    "unit": lambda ref, cards, all_cards, said: all(any(of_cards.names_unit(card, unit) for card in all_cards) for unit in ref["unit"]),
    "says": lambda ref, cards, all_cards, said: any(named(card, words) for card in cards for words in ref["says"]),
    "purpose": lambda ref, cards, all_cards, said: any(card.get("purpose") == ref["purpose"] for card in cards),
    "level": lambda ref, cards, all_cards, said: any(answer.get("current") == ref["level"] for card in cards for answer in card["answers"]
                                                     if answer["competence"].rpartition("/")[2] in ref["competence"]),
}
ABOUT_ALL = {"order", "colleague_first", "priced", "max_to_agree", "goal", "ready", "gates", "max_cards", "first", "date", "unit"}  # which need no card of the ref's own
OFFENCES = {
    "payer_not": lambda ref, cards, said: not CHECKS["payer_not"](ref, cards, cards, said),
    "max_cards": lambda ref, cards, said: len(cards) > ref["max_cards"],
    "helper": lambda ref, cards, said: any(named(card, ref["helper"]) for card in cards),
    "nothing": lambda ref, cards, said: not cards,
    "plain": lambda ref, cards, said: any(of_cards.has_codes(card) for card in cards),
    "duplicates": lambda ref, cards, said: of_cards.duplicates(cards) > ref["duplicates"],
    "unrated": lambda ref, cards, said: any(of_cards.assumed(card) for card in cards),
    "forgotten": lambda ref, cards, said: any(of_cards.forgets(card, said) for card in cards),
    "read_to_teach": lambda ref, cards, said: any(of_cards.reads_to_teach(card, said) for card in cards),
    "overstated": lambda ref, cards, said: any(of_cards.overstates(card, said) for card in cards),
    "reasonless": lambda ref, cards, said: any(of_cards.reasonless(card) for card in cards),
    "leaps": lambda ref, cards, said: any(of_cards.leaps(card, said, ref["leaps"]) for card in cards),
    "split": lambda ref, cards, said: of_cards.split(cards, said, ref["split"]),
    "share_of_year": lambda ref, cards, said: of_cards.in_contract(cards) * 100 > ref["share_of_year"] * said["paid"],
    "words": lambda ref, cards, said: any(word in of_cards.read(card).lower() for card in cards for word in ref["words"]),
    "purpose_not": lambda ref, cards, said: any(card["purpose"] in ref["purpose_not"] for card in cards),
    "one_card_each": lambda ref, cards, said: of_cards.helpers_again(cards),
    "silent": lambda ref, cards, said: not any(answers(card, ref["competence"]) for card in cards),
    "silent_on": lambda ref, cards, said: any(not named(card, ref["silent_on"]) for card in cards),
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


def willing(case, person):
    """Competences in which a colleague is willing to help, and has room beside what others have agreed."""
    taken = [fact["data"]["recommendation"].partition(".")[2] for fact in case["facts"] if fact["type"] == "needs.response.recorded.v1"
             and fact["subject"] != person and fact["data"]["response"] == "accepted"]
    offered = [(code, helps["capacity"]) for fact in case["facts"] for helps in fact["data"].get("helps", []) if helps["consent"] for code in helps["for"]]
    return sorted({code for code, capacity in offered if taken.count(code) < capacity})


def paid(case, person):
    """Paid minutes of a person's year."""
    roles = [role for fact in case["facts"] if fact.get("subject") == person for role in fact["data"].get("roles", [])]
    return sum(role.get("minutes", 0) * role.get("weeks", 0) for role in roles)


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
        for person, answer in said.items():
            cards, answer = answer["recommendations"], {**answer, "willing": willing(case, person), "paid": paid(case, person)}
            results.append(not offends(ref, cards, answer) if expectation["kind"] == "must_not" else holds(ref, cards, answer))
        yield expectation, all(results)


def still_open():
    """Case, kind and text of what open.txt names."""
    lines = [line for line in (HERE / "open.txt").read_text().splitlines() if line and not line.startswith("#")]
    return {tuple(line.split(" ", 2)) for line in lines}


def write():
    """open.txt as it would be today, and the page that follows from it."""
    path = HERE / "open.txt"
    heading = [line for line in path.read_text().splitlines() if line.startswith("#")]
    lines = [f"{case['id']} {expectation['kind']} {expectation['text']}"
             for case, said in advise(cases()) for expectation, held in judged(case, said) if not held]
    path.write_text("\n".join(heading + sorted(lines)) + "\n")
    (HERE / "README.md").write_text(adviser_page.page(cases(), everybody(), still_open()))


def main(names):
    if "--write" in names:
        write()
        return
    if "--table" in names:
        print(adviser_page.page(cases([name for name in names if name != "--table"]), everybody(), still_open()), end="")
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
