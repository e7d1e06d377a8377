"""The second chapter: an authority, its eight schools, titles that nobody knows, a rule of its own, and watching."""
from stage import ROOT, Stage, aside, heading, say

TITLE = "The authority"
RULE = "watch-a-reading-group"
METRICS = """
[plugin metrics]
path   = {build}/plugins/metrics/metrics.so
listen = 127.0.0.1:0             ; any free port; a real one has its own
"""
TABLE = """\
rule,roles,competences,needs,gap to,recommend,priority,about,source,owner
watch-a-reading-group,learning-support,STL6,gap,1,peer-observation,70,\
"Our reading lead invites: watch one of the groups, and talk about it afterwards",guide-2010/step-3,"Workforce development, an imaginary authority"
"""
TESTS = """\
test,role,needs,rule fires,rule refuses,why
one step away,TASS,STL6 current=1 required=2,watch-a-reading-group on STL6,,
two steps away,TASS,STL6 current=1 required=3,,watch-a-reading-group,more than one level
"""
NAMES = {"8889901": "Hillside", "8889902": "Westbrook", "8889903": "Elm Bank", "8889906": "Saint Anne", "8889907": "Riverside", "8889908": "Oakmere",
         "8889910": "Larch", "8889912": "Little Acorns"}


def tell(build):
    metrics = (build / "plugins" / "metrics" / "metrics.so").exists()
    stage = Stage(build, "catalogue = {dir}/authority/catalogue\nrules     = {dir}/authority/rules\n" + (METRICS if metrics else ""))
    try:
        start(stage)
        westbrook(stage)
        others(stage)
        glance(stage)
        titles(stage)
        rule(stage)
        watching(stage, metrics)
        end(stage)
    finally:
        stage.finish()


def start(stage):
    (stage.dir / "authority" / "rules").mkdir(parents=True)
    heading("1. Start", "The authority lays its own catalogue over the shipped one: its courses, its schools, a priority of its own.")
    stage.settings(NEEDS_SHARE=f"{ROOT}/rules", NEEDS_WORKER=f"{stage.build}/daemon/needs-rules")  # because nothing is installed yet
    stage.run(f"cp -r {ROOT}/rules/examples/888/catalogue $TMP/authority/ && needs catalogue check $TMP/authority/catalogue | tail -n 3")
    stage.begin(school=None)


def westbrook(stage):
    heading("2. A school's spreadsheets", "Westbrook's staff list: semicolons, a title, a split post, one person who left, a footer. A mapping says what it means.")
    stage.run("head -n 8 westbrook-staff.csv")
    stage.run("grep -v '^;' westbrook-staff.map | head -n 20")
    stage.run("needs --school 8889902 push --map ./westbrook-staff.map westbrook-staff.csv", status=1, says=[
        "row 15, column D (Start date): out-of-range", "row 21, column C (Census role): wrong-type", "46 accepted", "2 rejected"])
    aside("Its appraisals", "A row a person, a column a competence under merged headings, words for levels. A blank is unrated, never nothing.")
    stage.run("sed -n 2,5p westbrook-appraisal.csv", says=["Keeps children safe"])
    stage.run("needs --school 8889902 push --map ./westbrook-appraisal.map westbrook-appraisal.csv", status=1, says=[
        "row 10, column D", "wrong-type: 'Emergent'", "1 rejected"])


def others(stage):
    heading("3. Seven more", "Job titles instead of roles, an old character set, UTF-16, traffic lights, training records, three information systems.")
    push = "needs --school {} push {} 2>&1 | tail -n 1"
    stage.run(push.format("8889903", "--map ./elmbank-staff.map elmbank-staff.csv"), says=["28 accepted"])
    stage.run(push.format("8889903", "--map ./self.map elmbank-self.csv"), says=["20 accepted"])
    stage.run(push.format("8889906", "--map ./saintanne-staff.map saintanne-staff.csv"), says=["33 accepted"])
    aside("Somebody exchanged two dates", "One row is named; the others are taken.")
    stage.run("needs --school 8889906 push --map ./training.map saintanne-training.csv", status=1, says=["column D (Expiry date): out-of-range", "1 rejected"])
    aside("An academy", "The trust employs, a catering company supplies the cook.")
    stage.run(push.format("8889907", "--map ./riverside-staff.map riverside-staff.csv"), says=["66 accepted"])
    stage.run(push.format("8889907", "--map ./riverside-lights.map riverside-lights.csv"), says=["0 rejected"])
    stage.run(push.format("8889907", "--map ./training.map riverside-training.csv"), says=["0 rejected"])
    stage.run(push.format("8889912", "--date 2026-09-01 acorns-staff.csv"), says=["19 accepted"])
    stage.run(push.format("8889912", "--map ./training.map acorns-training.csv"), says=["0 rejected"])
    stage.run("needs push hillside-people.ndjson oakmere-people.ndjson larch-people.ndjson", says=["189 accepted", "0 rejected"])
    stage.run(push.format("8889901", "hillside-reviews-corrected.csv"), says=["1034 accepted"])
    stage.run(push.format("8889908", "oakmere-reviews.csv"), says=["0 rejected"])
    stage.run(push.format("8889910", "larch-reviews.csv"), says=["0 rejected"])
    stage.run("needs settled", says=["has been worked out"])


def glance(stage):
    heading("4. Eight schools at a glance", "The authority sees counts; who it is, each school sees for itself.")
    stage.run("needs show", says=list(NAMES))
    heading("5. People are not simple", "A split post: teaching assistant and midday assistant. One person, the needs of both, each for its post.")
    stage.run("needs --school 8889902 show p-0703 --detail | sed -n '/Needs/,/^$/p'", says=["X.MIDD", "STL17"])
    aside("A contractor's cook", "The employer makes no difference: the kitchen has the same requirements.")
    stage.run("needs --school 8889907 show p-1066 --detail | sed -n '/Needs/,+3p'", says=["Food hygiene"])
    aside("Somebody who left in July")
    stage.run("needs --school 8889902 show p-0708 | head -n 5", says=["No post"])
    aside("Half a week here, half a week there", "A number means a person within a school: what one school says, the other does not read.")
    stage.run("for s in 8889902 8889906; do needs --school $s show | grep -E 'person|p-0705'; done", says=["p-0705"])


def titles(stage):
    heading("6. A job that no catalogue knows", "Four schools have somebody with a title and no role. They have no post yet, and so no needs.",
            "The authority hears of a title only when at least three schools use it, and never which schools.")
    stage.run("needs titles", says=["reading champion 4"])
    stage.run("needs --school 8889902 show p-0747 | head -n 8")
    aside("One row in the authority's titles.csv", "Who decides writes the role in; then everybody with the title has a post.")
    stage.run("needs titles --csv | tee $TMP/rows.csv", says=["reading champion"])
    stage.run("sed 's/^\\(reading champion,[^,]*\\),[^,]*/\\1,TASS/' $TMP/rows.csv > $TMP/authority/catalogue/titles.csv && cat $TMP/authority/catalogue/titles.csv",
              says=["TASS"])
    stage.run("needs catalogue check $TMP/authority/catalogue | tail -n 1")
    stage.reload()
    stage.until(lambda: "reading champion" not in stage.quiet("needs titles"), "the title still waits")
    stage.run("needs settled")
    stage.run("needs titles", never=["reading champion"])
    stage.run("needs --school 8889902 show p-0747 | head -n 8", says=["job title"])


def rule(stage):
    heading("7. A rule of its own", "A row of a spreadsheet on the adviser's own machine, and two rows that test it.")
    ours = stage.dir / "ours"
    (ours / "tests").mkdir(parents=True)
    (ours / "rules.csv").write_text(TABLE)
    (ours / "tests" / "reading.csv").write_text(TESTS)
    stage.run("cat $TMP/ours/rules.csv")
    stage.run("needs rules check $TMP/ours", says=["0 faults"])
    stage.run("needs rules test $TMP/ours", says=["2 tests, 0 failed"])
    aside("Whom would it reach?", "Everybody's advice both ways, while the daemon goes on serving; small numbers are held back.")
    stage.run("needs rules diff $TMP/ours --share | head -n 16", says=["would see a difference"])
    aside("Live, whole or not at all")
    stage.run("needs rules publish $TMP/ours --name reading-lead --wait", says=["published reading-lead"])
    stage.run("needs --school 8889901 explain p-0106 peer-observation.STL6 --detail | head -n 12", says=["reading lead", RULE])
    aside("Back, and forth again", "Every publication is kept, and can be put into force again.")
    stage.run("needs rules rollback --wait")
    stage.run("needs --school 8889901 show p-0106 --detail | grep -A 5 'STL6\\]'", says=["STL6"], never=["peer-observation.STL6"])
    stage.run("needs rules rollback reading-lead --wait", says=["rolled back to reading-lead"])
    stage.run("needs rules history", says=["reading-lead"])
    aside("The register", "For each rule: to whom it applies, its source, who approved it, and how its advice was received. The people it advises can read it.")
    stage.run(f"needs rules list --rule {RULE}", says=["learning-support", "published by"])
    stage.run("needs rules list --page $TMP/rules.html && wc -c $TMP/rules.html")


def watching(stage, metrics):
    heading("8. Is it well?")
    stage.run("needs status", says=["1 October 2026"])
    stage.run("needs verify", says=["all the same"])
    port = metrics and stage.logged(r"address=127\.0\.0\.1:(\d+)")
    if port:
        aside("For Prometheus and the like")
        stage.run(f"curl -s http://127.0.0.1:{port}/metrics | grep -E '^needsd_(events_total|people|day|publications_total|rule_proposals_total.*{RULE})'",
                  says=['needsd_events_total{verdict="accepted"} 4', RULE])
    else:
        say("   (The metrics plugin was not built here.)")


def end(stage):
    stage.stop_daemon()
