"""From a push to a publication and back: the thinnest road."""
from door import Follow, post, rated


def test_smoke_ping_and_questions(needsd):
    door = needsd.door()
    assert door.request("ping")["day"] is None
    names = {q["question"] for q in door.ask("questions")["questions"]}
    assert {"person", "school", "recommendation", "explain", "why", "settled", "health", "catalogue", "rules", "verify", "questions"} <= names


def test_smoke_issue_and_withdraw(needsd):
    """A TASS rated 1 by the manager in STL3 (3 required) is advised; an observer's 3 withdraws it."""
    door = needsd.door()
    door.day("2026-09-01")
    door.settle(door.push_good([post("p-0193"), rated("p-0193", {"STL3": 1})]))
    advised = [r for r in door.person("p-0193")["recommendations"] if any(a["competence"] == "STL@2007/STL3" for a in r["answers"])]
    assert len(advised) == 1
    first = advised[0]
    answer = next(a for a in first["answers"] if a["competence"] == "STL@2007/STL3")
    assert (answer["current"], answer["required"], answer["gap"]) == (1, 3, 2)
    assert first["because"] and all(b["rule"] and b["source"] and b["text"] for b in first["because"])
    door.settle(door.push_good(rated("p-0193", {"STL3": 3}, evidence="observer", by="o-12")))
    last = [p for p in door.publications(["888/8889901/p-0193"]) if p["data"]["recommendation"] == first["recommendation"]][-1]
    assert last["type"] == "needs.recommendation.withdrawn.v1"
    assert last["data"]["cause"] == "rating"
    assert door.ask("verify", timeout=60)["ok"]


def test_smoke_follow(needsd):
    door = needsd.door()
    door.day("2026-09-01")
    follow = Follow(needsd.endpoint, since="start")
    door.settle(door.push_good(post("p-1", role="CTKR")))
    got = []
    while (publication := follow.next(timeout=1.0)) is not None:
        got.append(publication)
    assert got == door.publications()
    assert [p["sequence"] for p in got] == [f"{i:012}" for i in range(1, len(got) + 1)]
    follow.close()
