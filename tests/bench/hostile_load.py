"""Does one authority's hostile rules slow another's acknowledgements? hostile_load.py BUILD [--scripts N] [--seconds S] [--json]

A real daemon with two authorities. 999 gets a steady stream of pushes, one event each, and every acknowledgement is timed: first
while 888 serves N harmless rule sets in turn, S seconds each, then N hostile ones, with its people being evaluated all the
time. Printed are the percentiles before and during, their ratio, and what became of the hostile rules.
"""
import argparse
import json
import os
import pathlib
import random
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib")]

from advice import reload, rule, wait_for, write_rules  # noqa: E402
from daemon import Daemon  # noqa: E402
from door import post, rated  # noqa: E402
from hostile import corpus, running  # noqa: E402

NEIGHBOUR = rule("neighbour", recommend='return coaching { because = "for " .. need.competence }')
PACE_S = 0.004  # between two pushes of the other authority
PERSONS = 20
HARM = ("instructions", "memory")


class Stream(threading.Thread):
    """Pushes one event after another; how long each acknowledgement took, in order, in milliseconds."""

    def __init__(self, daemon, make, pace_s=0.0):
        super().__init__(daemon=True)
        self.door, self.make, self.pace_s, self.over = daemon.door(), make, pace_s, threading.Event()
        self.taken_ms, self.fault = [], None
        self.start()

    def run(self):
        try:
            while not self.over.is_set():
                start = time.monotonic()
                self.door.push_good(self.make(len(self.taken_ms)))
                self.taken_ms.append((time.monotonic() - start) * 1e3)
                self.over.wait(max(0.0, self.pace_s - (time.monotonic() - start)))
        except Exception as fault:  # told by stop, in the thread that asks
            self.fault = fault

    def stop(self):
        self.over.set()
        self.join(60)
        if self.fault:
            raise self.fault


def elsewhere(i):
    return rated(f"q-{i % PERSONS}", {"STL3": i % 4}, school="9999901", authority="999", id=f"other-{i}", evidence="observer", by=f"o-{i}")


def at_home(i):
    """Five of the people change all the time; what is worked out for them is out of date when it comes. The others tell what fails."""
    return [rated(f"p-{k}", {"STL3": (i + k) % 3, "STL1": 1}, id=f"home-{i}-{k}", evidence="observer", by=f"o-{i}-{k}") for k in range(5)]


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] if times else 0.0


def failed_rules(door):
    return [p["data"] for p in door.publications(topics=["888/-"]) if p["type"] == "needs.rule.failed.v1"]


def serve_in_turn(daemon, door, rules, files, names, seconds):
    """Each of these rules beside the harmless one for some seconds, and until what it does is known if it does any harm."""
    for name in names:
        hostile = files[name][1] in HARM
        write_rules(rules, {"zz-neighbour": NEIGHBOUR, name: files[name][0].decode()}, replace=True)
        assert reload(daemon, timeout=60), daemon.new_log()[-2000:]
        time.sleep(seconds)
        if hostile:
            wait_for(lambda: any(f["rule"] == name for f in failed_rules(door)), timeout=60, what=f"the failure of {name}")


def measure(scripts, seconds, seed=1):
    """Runs the campaign; every claim about what must hold is checked by who called, in what comes back."""
    files = corpus()
    chosen = random.Random(seed).sample(sorted(name for name in running(files) if files[name][1] in HARM), scripts)
    harmless = random.Random(seed).choices(sorted(name for name in running(files) if name.startswith("value-") and files[name][1] == "fires"),
                                           k=scripts)
    with tempfile.TemporaryDirectory() as place:
        rules = pathlib.Path(place) / "rules"
        write_rules(rules, {"zz-neighbour": NEIGHBOUR}, replace=True)
        with Daemon(authorities={"888": {"rules": rules}, "999": {"name": "Another"}}) as daemon:
            door = daemon.door()
            door.day("2026-09-01")
            door.push_good([e for i in range(PERSONS) for e in (post(f"p-{i}"), rated(f"p-{i}", {"STL3": i % 3, "STL1": 1}))] +
                           [post(f"q-{i}", school="9999901", authority="999") for i in range(PERSONS)])
            door.settle()
            other, home = Stream(daemon, elsewhere, PACE_S), Stream(daemon, at_home, PACE_S * 20)
            serve_in_turn(daemon, door, rules, files, harmless[:2], seconds)  # everything is warm
            warm = len(other.taken_ms)
            serve_in_turn(daemon, door, rules, files, harmless, seconds)
            before = len(other.taken_ms)
            serve_in_turn(daemon, door, rules, files, chosen, seconds)
            during = len(other.taken_ms)
            other.stop()
            home.stop()
            write_rules(rules, {"zz-neighbour": NEIGHBOUR}, replace=True)
            assert reload(daemon, timeout=60)
            door.settle(timeout=300)
            health = door.ask("health")["authorities"]
            failed = failed_rules(door)
            verified = door.ask("verify", timeout=120)["ok"]
            log = daemon.new_log()
            workers = daemon.workers()
            status = daemon.stop()
        left = [pid for pid in workers if os.path.exists(f"/proc/{pid}")]
    quiet, hostile = other.taken_ms[warm:before], other.taken_ms[before:during]
    return {"scripts": chosen, "failed": sorted({f["rule"] for f in failed}), "failures": failed,
            "restarts": log.count("worker broke"), "set_aside": log.count("rule set aside"), "left": left, "status": status,
            "verified": verified, "health": health, "home": len(home.taken_ms) * 5,
            "acknowledged": {"before": len(quiet), "during": len(hostile)},
            "p50_ms": {"before": percentile(quiet, 0.5), "during": percentile(hostile, 0.5)},
            "p99_ms": {"before": percentile(quiet, 0.99), "during": percentile(hostile, 0.99)}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--scripts", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    os.environ["NEEDS_BUILD_DIR"] = str(pathlib.Path(options.build).resolve())
    got = measure(options.scripts, options.seconds, options.seed)
    if options.json:
        return print(json.dumps(got))
    for share in ("p50_ms", "p99_ms"):
        a, b = got[share]["before"], got[share]["during"]
        print(f"{share[:3]} of an acknowledgement at the other authority: {a:.2f} ms before, {b:.2f} ms during: {b / a:.2f} times")
    print(f"{got['acknowledged']['before']} pushes before and {got['acknowledged']['during']} during, all acknowledged; "
          f"{got['home']} events at the hostile one")
    print(f"{len(got['failed'])} of {len(got['scripts'])} hostile rules named, {got['restarts']} restarts, {got['set_aside']} set aside, "
          f"{len(got['left'])} workers left over, exit {got['status']}, verified {got['verified']}")
    return None


if __name__ == "__main__":
    main()
