"""libneeds under random kill -9: lib_campaign.py BUILD [KILLS] [EVENTS] [--seed N] [--keep].

The library's own examples are the programs: one pushes events through its outbox, at first with no daemon there, the other follows
into a file. The daemon is killed KILLS times, under load or while it starts, and so is each time one of the two programs in turn; now
and then the follower's file loses its end as well, as in a power cut, so that it knows less than the daemon remembers of it. At the end the
oracle compares what was put, what was told, the daemon's journal and outbox, and the file. Exit status 1 on any violation.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]
import oracle  # noqa: E402
from daemon import Daemon, build_dir  # noqa: E402
from door import Door  # noqa: E402
from load import Author  # noqa: E402

PLACES = [("888", "8889901"), ("888", "8889902"), ("889", "8899901"), ("889", "8899902")]
PERSONS = 25
OFFLINE = 0.1  # of the events, before the daemon is there
SECONDS_A_KILL = 0.5  # about; what is fed is spread over all of them


def example(name):
    return build_dir() / "clients" / "libneeds" / f"example-{name}"


class Pusher:
    """example-push, fed a few events at a time; after a kill it is fed again from the first one that it did not report as put."""

    def __init__(self, endpoint, directory, events, rng, pause_s):
        self.endpoint, self.directory, self.rng, self.pause_s = endpoint, directory, rng, pause_s
        self.events, self.put, self.kills, self.lives = events, 0, 0, []
        self.lines = [json.dumps(e, separators=(",", ":")) + "\n" for e in events]
        self.process = self.feeder = None

    def start(self, most=None):
        out = self.directory / f"push-{len(self.lives)}.out"
        self.lives.append(out)
        with open(out, "wb") as file, open(self.directory / "push.err", "ab") as errors:
            self.process = subprocess.Popen([example("push"), self.endpoint, self.directory / "outbox"], stdin=subprocess.PIPE, stdout=file, stderr=errors)
        self.feeder = threading.Thread(target=self.feed, args=(self.process.stdin, self.put, most or len(self.lines)))
        self.feeder.start()

    def feed(self, pipe, at, most):
        try:
            while at < most:
                n = self.rng.randrange(1, 40)
                pipe.write("".join(self.lines[at:min(at + n, most)]).encode())
                pipe.flush()
                at += n
                time.sleep(self.rng.uniform(0, 2 * self.pause_s))
            if most == len(self.lines):
                pipe.close()
        except (BrokenPipeError, ValueError):
            pass

    def reported(self):
        """What this life has said it put, in lines."""
        puts = [line.split()[1] for line in self.lives[-1].read_text().splitlines() if line.startswith("put ")]
        return int(puts[-1]) if puts else 0

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.kills += 1
        self.finish()

    def finish(self):
        self.feeder.join(30)
        try:
            self.process.stdin.close()
        except (BrokenPipeError, ValueError):
            pass
        self.put += self.reported()

    def verdicts(self):
        """(word, id) of every verdict that any life was told."""
        for life in self.lives:
            for line in life.read_text().splitlines():
                word, *rest = line.split(" ")
                if word in ("accepted", "duplicate", "rejected"):
                    yield word, rest[1]


class Follower:
    """example-follow, with a name and its file."""

    def __init__(self, endpoint, directory, rng):
        self.endpoint, self.file, self.rng, self.process = endpoint, directory / "followed", rng, None
        self.kills = self.torn = 0
        self.errors = directory / "follow.err"

    def start(self):
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen([example("follow"), self.endpoint, self.file, "file"], stdin=subprocess.DEVNULL, stderr=errors)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.kills += 1

    def tear(self):
        """The end of the file is gone, perhaps in the middle of a line, though the daemon was told that it is there."""
        size = self.file.stat().st_size
        os.truncate(self.file, max(0, size - self.rng.randrange(1, 4000)))
        self.torn += 1

    def publications(self):
        """What the whole lines say."""
        return [line.split(b"\t", 1)[1] for line in self.file.read_bytes().splitlines()] if self.file.exists() else []

    def count(self):
        return self.file.read_bytes().count(b"\n") if self.file.exists() else 0


class Campaign:
    def __init__(self, kills, events, seed, directory, say=print):
        self.kills, self.say, self.rng, self.violations = kills, say, random.Random(seed), []
        self.daemon = Daemon(directory, authorities={a: {"name": f"Example {a}"} for a in sorted({a for a, _ in PLACES})})
        self.modes, self.patience_s = collections.Counter(), 120
        author = Author(random.Random(f"{seed}/events"), PLACES, PERSONS, "lib")
        pause = 20 * kills * SECONDS_A_KILL / events
        self.pusher = Pusher(self.daemon.endpoint, self.daemon.dir, [author.next() for _ in range(events)], random.Random(f"{seed}/feed"), pause)
        self.follower = Follower(self.daemon.endpoint, self.daemon.dir, self.rng)

    # --- the phases ---

    def offline(self):
        """No daemon has ever been there: what is put waits, across a kill too."""
        self.pusher.start(most=int(len(self.pusher.lines) * OFFLINE))
        self.follower.start()
        time.sleep(1.0)
        self.kill_a_program(self.pusher)
        if self.pusher.put == 0:
            self.violations.append("nothing was put while the daemon was away")
        if any(True for _ in self.pusher.verdicts()):
            self.violations.append("verdicts without a daemon")
        self.daemon.start()
        with Door(self.daemon.endpoint) as door:
            door.day("2026-09-01")

    def pause(self, most_ms=300):
        most_ms *= 5 if self.rng.random() < 0.08 else 1
        time.sleep(self.rng.uniform(0.001, most_ms / 1000))

    def kill_a_program(self, program):
        if program.process.poll() is None:
            program.kill()
        elif program is self.pusher:
            program.finish()
        if program is self.follower and self.rng.random() < 0.3 and program.file.exists():
            program.tear()
        program.start()

    def kill_the_daemon(self):
        self.daemon.kill()
        mode = "while it starts" if self.rng.random() < 0.15 else "under load"
        self.modes[mode] += 1
        self.daemon.start(wait=mode == "under load")

    def shoot(self):
        for n in range(1, self.kills + 1):
            program = self.pusher if n % 2 else self.follower
            first, second = self.rng.sample([self.kill_the_daemon, lambda: self.kill_a_program(program)], 2)
            self.pause()
            first()
            self.pause(100)
            second()
            if n % 20 == 0:
                self.say(f"{n} kills: {self.pusher.put} events put, {self.follower.count()} publications in the file")

    def heal(self):
        """No more faults: the rest is fed and sent, everything is worked out, the follower catches up."""
        self.daemon.kill()
        self.daemon.start()
        self.pusher.pause_s = 0
        if self.pusher.process.poll() is not None:
            self.pusher.finish()
            self.pusher.start()
        self.wait("the pusher to end", lambda: self.pusher.process.poll() is not None)
        if self.pusher.process.poll() is None:
            return
        self.pusher.finish()
        if self.pusher.process.returncode != 0:
            self.violations.append(f"the pusher ended with {self.pusher.process.returncode}")
        with Door(self.daemon.endpoint) as door:
            door.settle(timeout=120)
            wanted = door.ask("health")["publications"]
        self.wait("the follower to catch up", lambda: self.follower.count() >= wanted)
        time.sleep(0.5)  # anything that should not come would come now

    def wait(self, what, done):
        until = time.monotonic() + self.patience_s
        while not done():
            if time.monotonic() > until:
                self.violations.append(f"waited {self.patience_s} s for {what}")
                return
            time.sleep(0.05)

    def end(self):
        if self.pusher.process and self.pusher.process.poll() is None:
            self.pusher.kill()
        if self.follower.process and self.follower.process.poll() is None:
            self.follower.process.terminate()
            if (status := self.follower.process.wait(10)) != 0:
                self.violations.append(f"the follower ended with {status}")
        if self.daemon.alive() and (status := self.daemon.stop()) != 0:
            self.violations.append(f"the daemon ended with {status}")

    def run(self):
        """Every violation. Leaves the directory as it is."""
        try:
            self.offline()
            self.shoot()
            self.heal()
        finally:
            self.end()
        return self.violations + check(self.daemon.data / "needs.db", self.daemon.dir / "outbox", self.pusher.events, list(self.pusher.verdicts()),
                                       self.follower.publications(), self.pusher.put)

    def summary(self, violations):
        words = collections.Counter(word for word, _ in self.pusher.verdicts())
        modes = ", ".join(f"{k} {mode}" for mode, k in sorted(self.modes.items()))
        return "\n".join([
            f"kills           {self.kills} of the daemon ({modes}), {self.pusher.kills} of the pusher, {self.follower.kills} of the follower",
            f"events          {len(self.pusher.events)} put; told accepted {words['accepted']}, duplicate {words['duplicate']}, rejected {words['rejected']}",
            f"publications    {self.follower.count()} in the follower's file, whose end was torn off {self.follower.torn} times",
            f"violations      {len(violations)}"])


def check(database, outbox, events, verdicts, followed, put):
    """Every violation, as text. Nobody has the files open."""
    ledger, found = oracle.Ledger(), []
    told = collections.defaultdict(collections.Counter)
    for word, id_ in verdicts:
        told[id_][word] += 1
    for event in events:
        ledger.sending(event)
        words = told.pop(event["id"], {})
        ledger.sent[oracle.key_of(event)].acked = True
        if not words:
            found.append(f"no verdict was told of {event['id']}")
        elif words.get("rejected") or words.get("accepted", 0) > 1:
            found.append(f"{event['id']} was told {dict(words)}")
    found += [f"a verdict of nobody's event: {id_}" for id_ in told]
    if put < len(events):
        found.append(f"only {put} of {len(events)} events were put")
    db = oracle.open_read_only(outbox)
    for shelf in ("waiting", "rejected"):
        if n := db.execute(f"SELECT count(*) FROM {shelf}").fetchone()[0]:
            found.append(f"the outbox still holds {n} {shelf}")
    db.close()
    db = oracle.open_read_only(database)
    found += oracle.check_journal(db, ledger)
    found += oracle.check_outbox(db)
    published = [body for (body,) in db.execute("SELECT body FROM outbox ORDER BY position")]
    db.close()
    return found + check_file(published, followed)


def check_file(published, followed):
    """The same publications in the same order, byte by byte."""
    for n, (wanted, got) in enumerate(zip(published, followed), 1):
        wanted = wanted if isinstance(wanted, bytes) else wanted.encode()
        if wanted != got:
            return [f"line {n} of the file is {got[:200]!r}, the outbox holds {wanted[:200]!r}"]
    return [] if len(published) == len(followed) else [f"the file has {len(followed)} publications, the outbox {len(published)}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("kills", type=int, nargs="?", default=20)
    parser.add_argument("events", type=int, nargs="?", default=1000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--keep", action="store_true", help="leave the directory behind")
    args = parser.parse_args()
    os.environ["NEEDS_BUILD_DIR"] = str(args.build.resolve())
    directory = pathlib.Path(tempfile.mkdtemp(prefix="needs-lib-"))
    print(f"seed {args.seed}, directory {directory}", flush=True)
    campaign = Campaign(args.kills, args.events, args.seed, directory, say=lambda text: print(text, flush=True))
    violations = campaign.run()
    for text in violations[:50]:
        print(f"VIOLATION {text}")
    print(campaign.summary(violations))
    if args.keep or violations:
        print(f"kept: {directory}")
    else:
        shutil.rmtree(directory)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
