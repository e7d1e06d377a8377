"""Rules published while events come in: publish_load.py BUILD [SECONDS] [--json].

On one daemon, in turns: paced pushes and nothing else; the same while a rule set that changes everybody's advice is published, again
every few seconds, as soon as the one before has reached everybody. No event may be rejected or refused, and a faulty set after it
must leave the last good one serving. What counts is the ratio of the answer times within one round; the machine changes more
between rounds.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib")]
from advice import rule  # noqa: E402
from daemon import Daemon  # noqa: E402

EVERY_S = 5  # a publication; the first one after a tenth of that


def rules(words):
    """Everybody with a need gets this, first."""
    return {"00-load.lua": rule("load", recommend=f'return coaching {{ priority = 99, because = "{words} " .. need.competence }}')}


class Round:
    def __init__(self, build, daemon, seconds, size, rate):
        self.load = [build / "tests/bench/needs-load", daemon.endpoint, "paced", *size, f"seconds={seconds}", f"rate={rate}"]
        self.door, self.events, self.sets = daemon.door(timeout=60), 1 << 40, 0

    def paced(self):
        self.events += 1 << 30
        return subprocess.Popen([str(c) for c in (*self.load, f"first={self.events}")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def result(self, running):
        out, err = running.communicate(timeout=300)
        if running.returncode != 0:
            sys.exit(f"needs-load failed: {err.strip()}")  # it ends at the first event that is not taken
        return json.loads(out)

    def act(self, verb, **what):
        return self.door.request(verb, {"authority": "888", **what})

    def renewing(self):
        return self.door.ask("rules", authority="888")["renewing"]

    def publish(self):
        """Seconds: until the answer, and until everybody's advice was made under it."""
        self.sets += 1
        candidate = self.act("propose", rules=rules(f"set {self.sets}"))["candidate"]
        start = time.monotonic()
        made = self.act("publish", candidate=candidate)
        answered = time.monotonic() - start
        while self.renewing():
            time.sleep(0.1)
        assert self.door.ask("rules", authority="888")["serving"]["rules"] == made["rules"]
        return answered, time.monotonic() - start

    def run(self):
        quiet = self.result(self.paced())
        publications = self.door.ask("health")["publications"]
        loaded, took = self.paced(), []
        due = time.monotonic() + EVERY_S / 10
        while loaded.poll() is None:
            time.sleep(0.02)
            if time.monotonic() >= due:
                due = time.monotonic() + EVERY_S
                took.append(self.publish())
        busy = self.result(loaded)
        serving = self.door.ask("rules", authority="888")["serving"]["rules"]
        faulty = self.act("propose", rules={"00-load.lua": "rule"})
        assert not faulty["ok"] and self.door.ask("rules", authority="888")["serving"]["rules"] == serving
        return {"quiet_p50_ms": quiet["p50_us"] / 1000, "quiet_p99_ms": quiet["p99_us"] / 1000, "quiet_max_ms": quiet["max_us"] / 1000,
                "busy_p50_ms": busy["p50_us"] / 1000, "busy_p99_ms": busy["p99_us"] / 1000, "busy_max_ms": busy["max_us"] / 1000,
                "ratio_p99": busy["p99_us"] / quiet["p99_us"], "sets": len(took), "answered_s": statistics.median(t[0] for t in took),
                "everybody_s": statistics.median(t[1] for t in took),
                "publications_a_set": (self.door.ask("health")["publications"] - publications) / len(took)}


TABLE = [("quiet_p50_ms", "answer, nothing published: median, ms", 2), ("quiet_p99_ms", "99 of 100, ms", 2), ("quiet_max_ms", "slowest, ms", 2),
         ("busy_p50_ms", "answer while sets are published: median, ms", 2), ("busy_p99_ms", "99 of 100, ms", 2), ("busy_max_ms", "slowest, ms", 2),
         ("ratio_p99", "ratio of the two, 99 of 100", 2), ("sets", "sets published in one measurement", 0),
         ("answered_s", "publish answered after, s", 3), ("everybody_s", "everybody worked out anew after, s", 2),
         ("publications_a_set", "publications a set", 0)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("seconds", type=int, nargs="?", default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--schools", type=int, default=80)
    parser.add_argument("--staff", type=int, default=25)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--place", type=pathlib.Path, default=pathlib.Path("/var/tmp"), help="directory on the disk to be measured")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    os.environ["NEEDS_BUILD_DIR"] = str(args.build.resolve())
    size = [f"schools={args.schools}", f"staff={args.staff}"]
    directory = pathlib.Path(tempfile.mkdtemp(prefix="needs-bench-", dir=args.place))
    rounds = []
    with Daemon(directory) as daemon:
        daemon.door().day("2026-09-10")
        subprocess.run([str(args.build / "tests/bench/needs-load"), daemon.endpoint, "people", *size], check=True, stdout=subprocess.DEVNULL, timeout=300)
        measured = Round(args.build.resolve(), daemon, args.seconds, size, args.rate)
        for n in range(args.rounds):
            rounds.append(measured.run())
            print(f"round {n + 1} of {args.rounds} done: {json.dumps(rounds[-1])}", file=sys.stderr, flush=True)
        verified = daemon.door().ask("verify", timeout=120)
        assert verified["ok"], verified
    shutil.rmtree(directory)
    if args.json:
        print(json.dumps({"rate": args.rate, "people": args.schools * args.staff, "rounds": rounds}))
        return
    print(f"{args.schools * args.staff} people, {args.rate} events a second, {args.seconds} s a measurement, {args.rounds} rounds: median (min..max)\n")
    for name, words, digits in TABLE:
        values = [r[name] for r in rounds]
        print(f"{words:50} {statistics.median(values):10.{digits}f}   ({min(values):.{digits}f}..{max(values):.{digits}f})")


if __name__ == "__main__":
    main()
