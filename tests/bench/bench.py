"""The whole daemon on a temporary directory, beside the store alone: bench.py BUILD [SECONDS] [--json].

Rounds are interleaved (whole, paced, bare, whole ...) because the machine changes more between minutes than within one. What is
measured, how, and what came out is in docs/performance.md. SECONDS is how long each measurement pushes.
"""
import argparse
import json
import os
import pathlib
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "lib")]
from daemon import Daemon  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
BARE_BATCH = 256  # rows of store_bench that are compared: about what a turn of the daemon holds under full load
FIRST_PACED = 1 << 40


def run(*command):
    try:
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=300)
    except subprocess.TimeoutExpired as failure:
        sys.exit(f"hangs: {' '.join(str(c) for c in command)}; so far it said: {failure.stdout}")
    if done.returncode != 0:
        sys.exit(f"{pathlib.Path(command[0]).name} failed: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def cpu_s(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def peak_mb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def rows(path):
    """Bytes of a journal row's body, of a person's stand and advice, of a publication: means of what the daemon wrote."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    (event,) = db.execute("SELECT avg(length(CAST(body AS BLOB))) FROM journal WHERE type NOT LIKE '%person%'").fetchone()
    (stand,) = db.execute("SELECT avg(length(stand) + length(advice)) FROM people").fetchone()
    (publication,) = db.execute("SELECT avg(length(CAST(body AS BLOB))) FROM outbox").fetchone()
    db.close()
    return {"event": round(event), "stand": round(stand), "publication": round(publication)}


class Round:
    def __init__(self, build, place, seconds, schools, staff):
        self.build, self.place, self.seconds = build, place, seconds
        self.size = [f"schools={schools}", f"staff={staff}"]

    def load(self, daemon, mode, *more):
        return run(self.build / "tests/bench/needs-load", daemon.endpoint, mode, *self.size, f"seconds={self.seconds}", *more)[0]

    def whole(self):
        """End to end as fast as it goes, then paced, on one daemon."""
        directory = pathlib.Path(tempfile.mkdtemp(prefix="needs-bench-", dir=self.place))
        with Daemon(directory) as daemon:
            daemon.door().day("2026-09-10")
            people = self.load(daemon, "people")
            pids = [daemon.process.pid, *daemon.workers()]
            before = [cpu_s(pid) for pid in pids]
            most = self.load(daemon, "max")
            used = [cpu_s(pid) - b for pid, b in zip(pids, before)]
            paced = self.load(daemon, "paced", f"first={FIRST_PACED}")
            peaks = [peak_mb(pid) for pid in pids]
            daemon.stop()
            sizes = rows(daemon.data / "needs.db")
        shutil.rmtree(directory)
        events, evaluations = most["events"], most["evaluations"]
        return {"people_settled_s": people["settled_s"], "people_evaluations_per_s": people["evaluations"] / people["settled_s"],
                "journaled_per_s": events / most["acked_s"], "end_to_end_per_s": events / most["followed_s"],
                "evaluations_per_s": evaluations / most["settled_s"], "evaluations_per_1000": 1000 * evaluations / events,
                "publications_per_1000": 1000 * most["publications"] / events,
                "daemon_us_per_event": 1e6 * used[0] / events, "worker_us_per_event": 1e6 * sum(used[1:]) / events,
                "worker_us_per_evaluation": 1e6 * sum(used[1:]) / max(1, evaluations),
                "daemon_peak_mb": peaks[0], "worker_peak_mb": max(peaks[1:]),
                "ack_p50_ms": paced["p50_us"] / 1000, "ack_p99_ms": paced["p99_us"] / 1000, "ack_max_ms": paced["max_us"] / 1000,
                **{f"{name}_bytes": n for name, n in sizes.items()}}

    def bare(self, whole):
        """The store alone, with rows of the same number and size."""
        directory = pathlib.Path(tempfile.mkdtemp(prefix="needs-bench-", dir=self.place))
        job = [whole["event_bytes"], max(64, whole["stand_bytes"]), round(whole["evaluations_per_1000"]), whole["publication_bytes"],
               round(whole["publications_per_1000"])]
        found = run(self.build / "tests/bench/store_bench", directory / "data", max(1, self.seconds / 4), *job)
        shutil.rmtree(directory)
        same = {row["batch"]: row["events_per_s"] for row in found if row.get("plain") is False}
        return {"bare_per_s": same[BARE_BATCH], "bare_1000_per_s": same[1000], "ratio_to_bare": whole["end_to_end_per_s"] / same[BARE_BATCH]}


TABLE = [("end_to_end_per_s", "events a second, pushed to followed", 0), ("journaled_per_s", "events a second, acknowledged", 0),
         ("evaluations_per_s", "evaluations a second meanwhile", 0), ("evaluations_per_1000", "evaluations for 1000 events", 0),
         ("publications_per_1000", "publications for 1000 events", 0), ("people_evaluations_per_s", "first evaluations a second (new people)", 0),
         ("daemon_us_per_event", "CPU of the daemon, us an event", 1), ("worker_us_per_event", "CPU of the rules worker, us an event", 1),
         ("worker_us_per_evaluation", "CPU of the rules worker, us an evaluation", 1),
         ("daemon_peak_mb", "peak memory of the daemon, MB", 1), ("worker_peak_mb", "peak memory of the worker, MB", 1),
         ("ack_p50_ms", "answer at 500/s, median, ms", 2), ("ack_p99_ms", "answer at 500/s, 99 of 100, ms", 2),
         ("ack_max_ms", "answer at 500/s, slowest, ms", 2),
         ("event_bytes", "bytes of a journaled event", 0), ("stand_bytes", "bytes of a person's stand and advice", 0),
         ("publication_bytes", "bytes of a publication", 0),
         ("bare_per_s", f"the store alone, the same rows, {BARE_BATCH} a commit, events a second", 0),
         ("bare_1000_per_s", "the store alone, the same rows, 1000 a commit, events a second", 0),
         ("ratio_to_bare", f"end to end beside the store alone ({BARE_BATCH})", 2)]


def summary(rounds):
    return {name: {"median": statistics.median(r[name] for r in rounds), "min": min(r[name] for r in rounds),
                   "max": max(r[name] for r in rounds)} for name, _, _ in TABLE}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("seconds", type=int, nargs="?", default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--schools", type=int, default=80)
    parser.add_argument("--staff", type=int, default=25)
    parser.add_argument("--place", type=pathlib.Path, default=pathlib.Path("/var/tmp"), help="directory on the disk to be measured")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    os.environ["NEEDS_BUILD_DIR"] = str(args.build.resolve())
    disk = subprocess.run(["stat", "-f", "-c", "%T", args.place], capture_output=True, text=True).stdout.strip()
    if disk == "tmpfs":
        sys.exit(f"{args.place} is in memory: name a directory on a disk with --place")
    rounds = []
    for n in range(args.rounds):
        measured = Round(args.build.resolve(), args.place, args.seconds, args.schools, args.staff)
        whole = measured.whole()
        rounds.append({**whole, **measured.bare(whole)})
        print(f"round {n + 1} of {args.rounds} done", file=sys.stderr, flush=True)
    found = summary(rounds)
    if args.json:
        print(json.dumps({"seconds": args.seconds, "schools": args.schools, "staff": args.staff, "disk": disk, "rounds": rounds, "summary": found}))
        return
    print(f"{args.schools} schools of {args.staff}, {args.seconds} s a measurement, {args.rounds} rounds, disk {disk}: median (min..max)\n")
    for name, words, digits in TABLE:
        row = found[name]
        print(f"{words:70} {row['median']:10.{digits}f}   ({row['min']:.{digits}f}..{row['max']:.{digits}f})")


if __name__ == "__main__":
    main()
