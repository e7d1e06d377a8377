"""The first chapter: one school, from its first spreadsheet to a wrong one undone."""
from stage import DAY, Background, Stage, Wrong, aside, heading, say

TITLE = "A school"
PERSON, CLOSED, AGREED = "p-0106", "shadowing.STL3", "mentoring.STL4"
CONFIG = "catalogue = {root}/rules/examples/888/catalogue\n"


def tell(build):
    stage = Stage(build, CONFIG)
    try:
        for part in (start, people, reviews, about_themselves, read, answers, wrong_one, closed, end):
            part(stage)
    finally:
        stage.finish()


def start(stage):
    heading("1. Start", "One daemon, one configuration file. Nobody is known yet. Hillside is the school 8889901.")
    stage.begin()


def people(stage):
    heading("2. Who works here", "The school's information system exports its staff: a person a line, pseudonymous ids only.")
    stage.run("sed -n 2p hillside-people.ndjson")
    stage.run("needs push hillside-people.ndjson", says=["61 accepted", "0 rejected"])


def reviews(stage):
    heading("3. A term of reviews, as a spreadsheet", "Saved with semicolons and dates with the day first. A preview sends nothing and asks nobody:")
    stage.run("head -n 4 hillside-reviews.csv", says=["person;date"])
    stage.run("needs push --preview hillside-reviews.csv 2>&1 | grep -v '^  row'", says=["3 rejected; nothing was stored"])
    aside("Push it", "Every mistake is named by row and column; the good rows are taken all the same.")
    stage.run("needs push hillside-reviews.csv", status=1, says=[
        "row 14, column C (competence): unknown-competence", "row 42, column D (level): out-of-range", "row 79, column B (date): out-of-range",
        "row 120, column A (person): missing", "row 152, column D (level): repeated", "5 rejected"])
    aside("The corrected file", "Only what was wrong before is new.")
    stage.run("needs push hillside-reviews-corrected.csv", says=["4 accepted", "0 rejected"])


def about_themselves(stage):
    heading("4. What people say of themselves", "A form on the web asked them, in words. Nothing is guessed: a mapping says what columns and words mean.",
            "`needs map` drafts one; the school has finished it and keeps it beside the file.")
    stage.run("needs map hillside-self.csv | head -n 24", says=["[sheet]", "[columns]"])
    stage.run("sed -n '/competences/,$p' self.map")
    stage.run("needs push --preview --map ./self.map hillside-self.csv | head -n 4", says=["self | STL12: aware (1)"])
    aside("The daemon is away", "What is pushed waits in an outbox on the school's computer, safe from power cuts, and is sent later.")
    stage.kill_daemon()
    stage.run("needs push --map ./self.map hillside-self.csv", status=3, says=["43 events wait in the outbox"])
    stage.run("needs outbox | head -n 3", says=["hillside-self.csv: row 2"])
    stage.start_daemon(show=False)
    stage.run("needs outbox send", says=["43 accepted", "0 rejected"])
    stage.run("needs settled", says=["has been worked out"])


def read(stage):
    heading("5. The school at a glance")
    stage.run("needs show | sed -n '1,10p;/^  all/,$p'", says=[PERSON])
    heading("6. One person", "What is recommended, in the order in which it matters. Advice, never a decision.")
    stage.run(f"needs show {PERSON}", says=["Required by law", "Work shadowing: Help to keep children safe", "Advice, never a decision"], never=["STL"])
    aside("One of them", "By its number or its name; and as a text for a telephone.")
    stage.run(f"needs show {PERSON} {CLOSED}", says=["Why", "When", "With", "Cost", "To agree", "Next"])
    stage.run(f"needs show {PERSON} {CLOSED} --text", says=["Work shadowing: Help to keep children safe."])
    aside("All of it", "What the post asks for, what is missing, the names of the recommendations, each rule and its source.")
    stage.run(f"needs show {PERSON} --detail", says=["STL3", f"[{CLOSED}]", f"[{AGREED}]", "because:", "by law"])
    aside("Why?", "The level and its evidence, what the rules propose, and which rules did not apply and why. The daemon works it out again. --detail adds the rule behind each reason.")
    stage.run(f"needs explain {PERSON} {CLOSED} --detail | head -n 30", says=["Recommended: Work shadowing", "rule shadow-one-level", "Rules that did not apply"])


def answers(stage):
    heading("7. The person answers, and it is agreed", "What was accepted stays, whatever the rules say tomorrow.")
    stage.run(f"needs respond {PERSON} {AGREED} accepted --date {DAY}")
    stage.run(f"needs agree {PERSON} {AGREED} --term release=met,minutes=60 --date {DAY}", says=["agreed: release met"])
    stage.run("needs settled")
    stage.run(f"needs show {PERSON} {AGREED}", says=["accepted by the person on 1 October 2026", "agreed: time off your work (1 h)"])


def wrong_one(stage):
    heading("8. A wrong spreadsheet", "Somebody sorted one column alone. Every row can be read, and most of them are wrong.")
    before = stage.quiet(f"needs show {PERSON} --detail")
    stage.run("needs push hillside-sorted.csv", says=["accepted", "0 rejected"])
    stage.run("needs settled")
    stage.run(f"needs show {PERSON} --detail | sed -n '/Needs/,/^$/p'", says=["Provide effective support for your colleagues"])
    if stage.quiet(f"needs show {PERSON} --detail") == before:
        raise Wrong("the wrong spreadsheet changed nothing")
    aside("Undone", "Exactly what that push had brought is taken back. What it had replaced stands again.")
    stage.run("needs push --undo LIST", says=["hillside-sorted.csv"])
    stage.run("needs push --undo LAST", says=["withdrawn"])
    stage.run("needs settled")
    stage.run(f"needs show {PERSON} --detail | sed -n '/Needs/,/^$/p'", never=["Provide effective support for your colleagues"])
    if stage.quiet(f"needs show {PERSON} --detail") != before:
        raise Wrong("the advice is not what it was before the wrong spreadsheet")
    say("All that `needs show --detail` says of the person is what it was before, to the letter.")


def closed(stage):
    heading("9. The gap closes", "Somebody watches. An observer has seen the person do it alone, and sends that:")
    watch = Background(stage, f"needs watch 888/8889901/{PERSON}", "watch", live=True)
    stage.run("cat hillside-observation.csv")
    stage.run("needs push hillside-observation.csv", says=["1 accepted"])
    stage.until(lambda: watch.said("withdrawn") and watch.said(CLOSED), "the withdrawal did not appear", watch.process)
    stage.run("needs settled")
    watch.stop()
    stage.run(f"needs show {PERSON} --detail | grep -o '\\[.*\\..*\\]'", says=[f"[{AGREED}]"], never=[CLOSED])


def end(stage):
    heading("10. Is it well?", "`verify` works out the whole journal again and compares the result with the current state.")
    stage.run("needs verify", says=["all the same", "60 persons"])
    stage.stop_daemon()
