"""Nothing is lost or mixed up when workers are killed, rules are published or colleagues change while evaluations are in flight.

The rules here burn instructions, so that a big batch takes a second or so; what a quiet daemon makes of the same facts is what must stand."""
import os
import pathlib
import signal
import time

import pytest

from advice import reload, rule, standing, wait_for, write_rules
from daemon import Daemon
from door import post, rated

pytestmark = pytest.mark.slow

SCHOOL = "8889901"
BURN = "for i = 1, 230000 do end "  # about half of a rule's budget
HELPED = '{"STL3"}'
CROWD = [f"p-{i:03}" for i in range(60)]


def slow_rules(extra=None):
    rules = {f"{i}0-burn": rule(f"burn-{i}", when=f"{BURN} return false", competences=HELPED) for i in range(1, 6)}
    rules["01-shadow"] = rule("shadow", when='return given(school:helpers(need, "shadow-host") > 0, otherwise "nobody is available in your school now")',
                              recommend="return shadowing { priority = 60 }", competences=HELPED)
    rules["02-module"] = rule("module", recommend="return e_learning { priority = 30 }", competences=HELPED)
    return {**rules, **(extra or {})}


def crowd(levels=None):
    return [e for p in CROWD for e in (post(p, id=f"post-{p}"), rated(p, {"STL3": (levels or {}).get(p, 1)}, id=f"rate-{p}"))]


def host(consent, level=4, version=0):
    """The one colleague who can be shadowed: what they offer, and how good they are."""
    time = f"2026-09-01T09:00:{version:02}Z"
    return [post("p-host", time=time, id=f"host-{version}",
                 data={"helps": [{"as": "shadow-host", "for": ["STL3"], "capacity": 2, "from": "2026-01-01", "consent": consent}]}),
            rated("p-host", {"STL3": level}, evidence="observer", by="o-1", time=time, id=f"host-level-{version}")]


@pytest.fixture
def start(tmp_path):
    """start(rules): a daemon with these rules alone; all end with the test."""
    running = []

    def start(rules, **options):
        directory = tmp_path / f"d{len(running)}"
        directory.mkdir()
        daemon = Daemon(directory, authorities={"888": {"rules": write_rules(tmp_path / f"rules{len(running)}", rules, replace=True)}},
                        options={"rule_strikes": 100, **options})
        daemon.rules_directory = tmp_path / f"rules{len(running)}"
        running.append(daemon)
        daemon.__enter__()
        return daemon

    yield start
    for daemon in running:
        daemon.__exit__(None, None, None)


def everything(door):
    return standing(door, [(SCHOOL, p) for p in CROWD])


def quiet(start, rules, *batches):
    """The advice when the last word on everything is said before anybody is evaluated."""
    door = start(rules).door()
    for batch in batches:
        door.push_good(batch)
    door.settle(door.day("2026-09-01"))
    return everything(door)


def wait_in_flight(door):
    """Until the worker is in the middle of the crowd."""
    def busy():
        health = door.ask("health")
        return health["in_flight"] > 10 and health["authorities"][0]["worker"]["worker"] == "serving"

    wait_for(busy, what="an evaluation in flight")  # one that is killed while it loads was in the middle of nothing
    time.sleep(0.03)
    assert door.ask("health")["in_flight"] > 10, "all done before anything could be changed: the rules are too quick for this machine"


def check_whole(door):
    verified = door.ask("verify", timeout=60)
    assert verified["ok"] and verified["persons"] == len(CROWD) + 1, verified


# --- facts that move ---

def test_workers_a_colleague_changes_in_flight(start):
    """Every evaluation under way reads that somebody can be shadowed; then nobody can; none of them may count."""
    daemon = start(slow_rules())
    door = daemon.door()
    door.push_good(crowd() + host(True))
    door.day("2026-09-01")
    wait_in_flight(door)
    door.push_good(host(False, version=1))
    door.settle()
    now = everything(door)
    assert all("e-learning.STL3" in a[0] for a in now.values())
    assert now == quiet(start, slow_rules(), crowd(), host(False, version=1))
    check_whole(door)
    # and back, by the level this time: consent given, 4 reached while the crowd is looked at again
    door.push_good(host(True, level=1, version=2) + crowd_again(1))
    wait_in_flight(door)
    door.push_good(host(True, level=4, version=3))
    door.settle()
    now = everything(door)
    assert all("shadowing.STL3" in a[0] for a in now.values())
    check_whole(door)


def crowd_again(n):
    """Makes everybody due: the same rating once more, a second later."""
    return [rated(p, {"STL3": 1}, time=f"2026-09-01T12:00:{n:02}Z", id=f"again-{n}-{p}") for p in CROWD]


def test_workers_own_facts_change_in_flight(start):
    daemon = start(slow_rules())
    door = daemon.door()
    door.push_good(crowd() + host(True))
    door.day("2026-09-01")
    wait_in_flight(door)
    better = [rated(p, {"STL3": 3}, evidence="observer", by="o-2", id=f"better-{p}") for p in CROWD[::2]]
    for i in range(0, len(better), 9):
        door.push_good(better[i:i + 9])
    door.settle()
    now = everything(door)
    assert {p for (_, p), a in now.items() if not a} == set(CROWD[::2])
    assert now == quiet(start, slow_rules(), crowd(), host(True), better)
    check_whole(door)


def test_workers_the_day_moves_in_flight(start):
    """The ratings run out while they are being looked at."""
    daemon = start(slow_rules())
    door = daemon.door()
    lasting = [rated(p, {"STL3": 1}, expires="2026-09-01", id=f"rate-{p}") for p in CROWD]
    door.push_good([post(p, id=f"post-{p}") for p in CROWD] + lasting + host(True))
    door.day("2026-09-01")
    wait_in_flight(door)
    door.day("2026-09-02")
    door.settle()
    assert all(a == [] for a in everything(door).values())  # nothing is known of them now, and these rules are for gaps
    check_whole(door)


# --- rules that move ---

def test_workers_a_rule_set_is_published_in_flight(start):
    """Again and again, the last one wins for everybody."""
    daemon = start(slow_rules())
    door = daemon.door()
    door.push_good(crowd() + host(True))
    door.day("2026-09-01")
    for n in range(6):
        wait_in_flight(door)
        write_rules(daemon.rules_directory, slow_rules({"99-last": rule("last", recommend=f"return coaching {{ weeks = {n + 1}, priority = 90 }}",
                                                                        competences=HELPED)}), replace=True)
        assert reload(daemon)
    door.settle()
    now = everything(door)
    assert all('"weeks": 6' in a[0] and "coaching.STL3" in a[0] for a in now.values())
    last = slow_rules({"99-last": rule("last", recommend="return coaching { weeks = 6, priority = 90 }", competences=HELPED)})
    assert now == quiet(start, last, crowd(), host(True))
    check_whole(door)


# --- workers that go ---

def kill_worker(daemon, number=signal.SIGKILL):
    pids = daemon.workers()
    for pid in pids:
        os.kill(pid, number)
    return pids


def test_workers_killed_in_a_big_batch(start):
    daemon = start(slow_rules())
    door = daemon.door()
    door.push_good(crowd() + host(True))
    door.day("2026-09-01")
    gone = set()
    for _ in range(6):
        wait_in_flight(door)
        gone |= set(wait_for(lambda: kill_worker(daemon), what="a worker"))
    assert len(gone) == 6
    door.settle()
    assert everything(door) == quiet(start, slow_rules(), crowd(), host(True))
    check_whole(door)
    health = door.ask("health")["authorities"][0]
    assert health["worker"]["restarts"] >= 6 and not health["refused"]
    assert not any(r["aside"] for r in door.ask("rules", authority="888")["serving"]["list"])
    issued = [p for p in door.publications() if p["type"] == "needs.recommendation.issued.v1"]
    told = [(p["subject"], p["data"]["recommendation"]) for p in issued]
    assert len(told) == len(set(told)) and {p for p, _ in told} >= set(CROWD)  # nothing twice, nobody forgotten


def test_workers_everything_at_once(start):
    """Kills, publications, facts of one's own and of a colleague, the daemon asked all the while."""
    daemon = start(slow_rules())
    door = daemon.door()
    door.push_good(crowd() + host(True))
    door.day("2026-09-01")
    last = slow_rules()
    batches = [crowd(), host(True)]
    for n in range(1, 5):
        wait_in_flight(door)
        kill_worker(daemon)
        last = slow_rules({"03-last": rule("last", recommend=f"return mentoring {{ weeks = {n}, priority = {25 + n} }}", competences=HELPED)})
        write_rules(daemon.rules_directory, last, replace=True)
        assert reload(daemon)
        wait_in_flight(door)
        assert door.request("ping")["day"] == "2026-09-01"
        for batch in (host(n % 2 == 1, version=n),
                      [rated(p, {"STL3": n % 3}, time=f"2026-09-01T13:00:0{n}Z", id=f"more-{n}-{p}") for p in CROWD[n::7]]):
            door.push_good(batch)
            batches.append(batch)
    door.settle()
    assert everything(door) == quiet(start, last, *batches)
    check_whole(door)


def test_workers_stopped_is_replaced(start):
    """A worker that hangs where no count reaches: the deadline ends it, the people it had stay due and are served by the next."""
    daemon = start(slow_rules(), rule_deadline_ms=200)
    door = daemon.door()
    door.push_good(crowd() + host(True))
    door.day("2026-09-01")
    wait_in_flight(door)
    stopped = kill_worker(daemon, signal.SIGSTOP)
    answer = [door.person(p) for p in CROWD if door.person(p)["due"]]
    assert answer and door.request("ping")  # still served, still due
    wait_for(lambda: not set(stopped) & set(daemon.workers()), what="the end of the stopped worker")
    assert not pathlib.Path(f"/proc/{stopped[0]}").exists()
    door.settle()
    assert "made no progress for 200 ms" in daemon.new_log()
    assert everything(door) == quiet(start, slow_rules(), crowd(), host(True))
    check_whole(door)


def test_workers_step_behind_the_daemon(start):
    daemon = start(slow_rules())
    nice = lambda pid: int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[16])  # noqa: E731
    assert all(nice(pid) > nice(daemon.pid()) for pid in wait_for(daemon.workers, what="a worker"))


def test_workers_killed_while_idle(start):
    daemon = start(slow_rules())
    door = daemon.door()
    door.day("2026-09-01")
    door.settle(door.push_good([post("p-host"), rated("p-host", {"STL3": 4}, evidence="observer", by="o-1")] + crowd()[:10]))
    for _ in range(3):
        pids = kill_worker(daemon)
        fresh = wait_for(lambda: set(daemon.workers()) - set(pids), what="another worker")
        assert len(fresh) == 1
    door.settle(door.push_good(rated(CROWD[0], {"STL3": 2}, id="idle", time="2026-09-01T13:00:00Z")))
    assert '"current": 2' in standing(door, [(SCHOOL, CROWD[0])])[SCHOOL, CROWD[0]][0]


def test_workers_the_daemon_stops_in_flight(start):
    """An orderly stop does not wait for them, and a start makes the rest."""
    daemon = start(slow_rules())
    door = daemon.door()
    door.push_good(crowd() + host(True))
    door.day("2026-09-01")
    wait_in_flight(door)
    began = time.monotonic()
    assert daemon.stop() == 0  # and no worker outlives it
    assert time.monotonic() - began < 5
    daemon.start()
    door.settle()
    assert everything(door) == quiet(start, slow_rules(), crowd(), host(True))
    check_whole(door)
