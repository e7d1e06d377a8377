"""What waits while rules are closed and opened again: booked offers, a publication beside a reload, a verification, and what authors read."""
import shutil
import time

import pytest

from advice import log_of, rule, wait_for, write_rules
from daemon import ROOT, Daemon, build_dir
from door import Fault
from test_22_workers import slow_rules
from test_23_rules import BREAKING
from test_26_school import offer
from test_51_publish import act, candidate, coaching, history, people, propose, publish, refusal

BOOK = rule("own-offers", "return given(#offers_for(need) > 0)", "return inset { priority = 90 }", competences='"STL3"', needs='"gap"')


@pytest.fixture
def daemon(tmp_path):
    with Daemon(tmp_path / "d") as d:
        yield d


def broken_by(tmp_path, poison):
    worker = tmp_path / "worker"
    worker.write_text(BREAKING.format(real=str(build_dir() / "daemon" / "needs-rules"), poison=poison, how="SIGKILL"))
    worker.chmod(0o755)
    return worker


def booked(door):
    return any(b["rule"] == "own-offers" for r in door.person("p-0")["recommendations"] for b in r["because"])


def test_offers_stay_when_a_rule_is_set_aside_and_restored(tmp_path):
    worker = broken_by(tmp_path, "own-coaching")
    with Daemon(tmp_path / "d", options={"worker": worker, "rule_strikes": 1}) as d:
        door = d.door()
        people(door, 1)
        door.push_good(offer("O-1", date="2026-12-10"))
        publish(door, coaching("first") + BOOK)
        door.settle()
        assert door.ask("rules", authority="888")["serving"]["aside"] == ["own-coaching"] and booked(door)
        broken_by(tmp_path, "cured")
        assert not act(door, "restore", rule="own-coaching")["already"]
        door.settle()
        assert booked(door) and not door.ask("rules", authority="888")["serving"]["aside"]
        assert door.ask("verify", timeout=60)["ok"]
        before = len(history(door))
        again = act(door, "restore", rule="own-coaching", **{"as": "kim"})  # the first answer was lost
        assert again["already"] and again["by"] == "local" and len(history(door)) == before


def test_offers_go_with_the_only_rule_that_reads_them(tmp_path):
    with Daemon(tmp_path / "d", options={"worker": broken_by(tmp_path, "own-offers"), "rule_strikes": 1}) as d:
        door = d.door()
        people(door, 1)
        door.push_good(offer("O-1", date="2026-12-10"))
        publish(door, coaching("first") + BOOK)
        door.settle()
        assert not booked(door) and door.ask("verify", timeout=60)["ok"]
        broken_by(tmp_path, "cured")
        act(door, "restore", rule="own-offers")
        door.settle()
        assert booked(door) and door.ask("verify", timeout=60)["ok"]


def test_publication_beside_a_reload_that_is_refused(tmp_path):
    """The other authority's files are faulty, and known to be while this one's publication is being checked."""
    worker = tmp_path / "worker"
    real = build_dir() / "daemon" / "needs-rules"
    worker.write_text(f'#!/bin/sh\n[ ! -e "{tmp_path}/slow" ] || sleep 1\nexec "{real}"\n')
    worker.chmod(0o755)
    other = write_rules(tmp_path / "other", {"10-own": coaching("other")}, True)
    with Daemon(tmp_path / "d", authorities={"888": {}, "889": {"rules": other}}, options={"worker": worker}) as d:
        door = d.door()
        publish(door, coaching("first"))  # newer than the directories, so that a reload leaves it alone
        then = candidate(door, coaching("second"))
        (other / "10-own.lua").write_text(coaching("other") + "rule")
        (tmp_path / "slow").touch()
        d.hup()
        time.sleep(0.4)
        rid = door.send("publish", {"authority": "888", "candidate": then, "name": "then"})
        wait_for(lambda: "reload refused" in log_of(d), what="the reload to be refused")
        assert door.wait(rid, timeout=10)["name"] == "then"
        (tmp_path / "slow").unlink()
        assert publish(door, coaching("third"))["name"] == history(door)[0]["name"]


def test_verification_answers_when_other_rules_are_published(tmp_path):
    rules = write_rules(tmp_path / "rules", slow_rules(), True)
    with Daemon(tmp_path / "d", authorities={"888": {"rules": rules}}) as d:
        door = d.door()
        people(door, 100)
        then = candidate(door, coaching("second"))
        rid = door.send("ask", {"question": "verify"})
        publish_id = door.send("publish", {"authority": "888", "candidate": then})
        door.wait(publish_id)
        answer = door.wait(rid, timeout=30)
        assert answer["ok"] and answer["skipped"] > 0
        door.settle()
        assert door.ask("verify", timeout=60)["persons"] == 100


# --- what authors read ---

def test_warnings_of_a_catalogue_that_serves_already(daemon):
    door = daemon.door()
    wordy = "barrier,words,audience,acts,provenance,certainty\nown,one two three four five six seven eight nine,manager,manager,example,medium\n"
    first = propose(door, catalogue={"barriers.csv": wordy})
    assert any("more than 8 words" in w for w in first["warnings"]), first
    act(door, "publish", candidate=first["candidate"])
    assert propose(door, {"10-own.lua": coaching("first")})["warnings"] == first["warnings"]


def test_a_candidate_proposed_again_is_the_newest(daemon):
    door = daemon.door()
    kept = [candidate(door, coaching(f"w{i}")) for i in range(8)]
    assert candidate(door, coaching("w0")) == kept[0]
    newest = candidate(door, coaching("w8"))
    assert refusal(door, "publish", candidate=kept[1])["code"] == "not-found"
    assert act(door, "publish", candidate=kept[0])["candidate"] == kept[0]
    assert act(door, "publish", candidate=newest)["candidate"] == newest


def test_what_cannot_be_read_is_not_to_be_sent_again(tmp_path):
    share = shutil.copytree(ROOT / "rules", tmp_path / "share")
    with Daemon(tmp_path / "d", options={"share": share}) as d:
        shutil.rmtree(share)
        with pytest.raises(Fault) as refused:
            propose(d.door(), {"10-own.lua": coaching("first")})
        assert refused.value.errors[0]["code"] == "faulty" and "administrator" in refused.value.errors[0]["message"]
