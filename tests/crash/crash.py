"""Random kill -9 under load: crash.py BUILD [KILLS] [--seed N] [--keep].

Publishers over two authorities and four schools push, follow no rhythm and remember what was answered; two followers, one with
a name and one with a stored cursor, apply what comes and are killed as well. The daemon is killed under load, while it starts,
or loses its workers first. At the end a phase without faults, then the oracle (oracle.py) judges what lies on the disk.
Exit status 1 on any violation.
"""
import argparse
import collections
import datetime
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lib")]
import oracle  # noqa: E402
from daemon import Daemon  # noqa: E402
from door import Door  # noqa: E402
from load import Publisher  # noqa: E402

PLACES = [("888", "8889901"), ("888", "8889902"), ("889", "8899901"), ("889", "8899902")]
PERSONS = 20
PUBLISHERS = 3
FIRST_DAY = datetime.date(2026, 8, 1)


class Follower:
    """The subprocess follower.py, started again with the same database after each kill."""

    def __init__(self, endpoint, database, name=None):
        self.endpoint, self.database, self.name, self.process, self.kills = endpoint, database, name, None, 0

    def start(self):
        self.process = subprocess.Popen([sys.executable, "-B", str(HERE / "follower.py"), self.endpoint, str(self.database),
                                         *([self.name] if self.name else [])], stdin=subprocess.DEVNULL)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.kills += 1

    def rows(self):
        """How many publications it has applied, and its counters."""
        db = oracle.open_read_only(self.database)
        try:
            (n,) = db.execute("SELECT count(*) FROM applied").fetchone()
            return n, dict(db.execute("SELECT what, n FROM counts"))
        finally:
            db.close()


class Campaign:
    def __init__(self, kills, seed, directory, say=print):
        self.kills, self.say, self.rng = kills, say, random.Random(seed)
        self.daemon = Daemon(directory, authorities={a: {"name": f"Example {a}"} for a in sorted({a for a, _ in PLACES})})
        self.patience_s = 60
        self.ledger, self.modes, self.day = oracle.Ledger(), collections.Counter(), FIRST_DAY
        self.publishers = [Publisher(self.daemon.endpoint, self.ledger, seed, n, PLACES, PERSONS) for n in range(PUBLISHERS)]
        self.followers = [Follower(self.daemon.endpoint, self.daemon.dir / "named.db", "display"),
                          Follower(self.daemon.endpoint, self.daemon.dir / "cursor.db")]

    # --- one kill ---

    def pause(self, most_ms=300):
        """Mostly short; now and then long enough that much is evaluated and published before the next kill."""
        most_ms *= 5 if self.rng.random() < 0.1 else 1
        time.sleep(self.rng.uniform(0.001, most_ms / 1000))

    def killed(self, mode):
        for publisher in self.publishers:
            publisher.interrupt()
        self.daemon.kill()
        self.modes[mode] += 1

    def under_load(self):
        self.daemon.start()
        self.pause()
        self.killed("under load")

    def while_it_starts(self):
        self.daemon.start(wait=False)
        self.pause(150)
        self.killed("while it starts")

    def after_its_workers(self):
        self.daemon.start()
        self.pause(150)
        workers = self.daemon.workers()
        for pid in self.rng.sample(workers, self.rng.randint(min(1, len(workers)), len(workers))):
            os.kill(pid, signal.SIGKILL)
        self.pause()
        self.killed("after its workers")

    def after_a_new_day(self):
        self.daemon.start()
        self.pause(100)
        self.new_day(timeout=0.5)
        self.pause(150)
        self.killed("after a new day")

    def new_day(self, timeout):
        """Sets the next day; no answer leaves it unknown."""
        self.day += datetime.timedelta(days=self.rng.randrange(1, 4))
        self.ledger.day_sending(str(self.day))
        with Door(self.daemon.endpoint) as door:
            try:
                door.request("day", {"date": str(self.day)}, timeout)
                self.ledger.day_answered(str(self.day))
            except TimeoutError:
                pass

    def shake_followers(self):
        for follower in self.followers:
            if self.rng.random() < 0.25:
                follower.kill()
                follower.start()

    # --- the whole ---

    def begin(self):
        self.daemon.start()
        self.new_day(timeout=30)
        self.daemon.stop()
        for part in (*self.followers, *self.publishers):
            part.start()

    def shoot(self):
        modes = [self.under_load, self.while_it_starts, self.after_its_workers, self.after_a_new_day]
        for n in range(1, self.kills + 1):
            self.rng.choices(modes, [65, 15, 12, 8])[0]()
            self.shake_followers()
            if n % 20 == 0:
                counts = self.ledger.counts()
                self.say(f"{n} kills: {counts['acknowledged']} events acknowledged, {self.followers[0].rows()[0]} publications followed")

    def heal(self):
        """No more faults: everything unknown is sent again, everything is worked out, the followers catch up."""
        for publisher in self.publishers:
            publisher.healing = True
        self.daemon.start()
        self.wait("the publishers to be answered", lambda: all(p.healed() or not p.is_alive() for p in self.publishers))
        with Door(self.daemon.endpoint) as door:
            try:
                door.settle(timeout=120)
                verdict = door.ask("verify", timeout=120)
                if not verdict["ok"]:
                    self.ledger.violation(f"verify found differences: {verdict['differences'][:5]}")
            except TimeoutError as failure:
                self.ledger.violation(f"the daemon does not settle: {failure}")
            wanted = door.ask("health")["publications"]
        self.wait("the followers to catch up", lambda: all(f.rows()[0] >= wanted for f in self.followers))
        time.sleep(0.3)  # anything that should not come would come now

    def wait(self, what, done):
        until = time.monotonic() + self.patience_s
        while not done():
            if time.monotonic() > until:
                self.ledger.violation(f"waited {self.patience_s} s for {what}")
                return
            time.sleep(0.05)

    def end(self):
        """Stops everything, whatever state it is in."""
        for publisher in self.publishers:
            publisher.stopping = True
        for publisher in self.publishers:
            if publisher.is_alive():
                publisher.join(10)
        for follower in self.followers:
            if follower.process and follower.process.poll() is None:
                follower.kill()
        if self.daemon.alive() and (status := self.daemon.stop()) != 0:
            self.ledger.violation(f"the daemon ended with {status}")

    def run(self):
        """Every violation. Leaves the directory as it is."""
        try:
            self.begin()
            self.shoot()
            self.heal()
        finally:
            self.end()
        return oracle.check(self.database(), self.ledger, [f.database for f in self.followers])

    def database(self):
        return self.daemon.data / "needs.db"

    def summary(self, violations):
        counts, n = self.ledger.counts(), self.kills
        published = [f.rows() for f in self.followers]
        modes = ", ".join(f"{k} {mode}" for mode, k in sorted(self.modes.items()))
        return "\n".join([
            f"kills               {n} of the daemon ({modes}); {sum(f.kills for f in self.followers)} of the followers",
            f"events              {counts['identities']} sent {counts['sends']} times, {counts['acknowledged']} acknowledged",
            f"publications        {published[0][0]} applied once; came again {' and '.join(str(c.get('again', 0)) for _, c in published)} times",
            f"violations          {len(violations)}",
            f"acknowledged lost   {sum('lost' in v for v in violations)} of {counts['acknowledged']}",
            f"kills with a fault  {'0 of ' + str(n) + f', 95 % bound {3 / n:.2g}' if not violations else 'see above'}"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("kills", type=int, nargs="?", default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--keep", action="store_true", help="leave the directory behind")
    args = parser.parse_args()
    os.environ["NEEDS_BUILD_DIR"] = str(args.build.resolve())
    directory = pathlib.Path(tempfile.mkdtemp(prefix="needs-crash-"))
    print(f"seed {args.seed}, directory {directory}", flush=True)
    campaign = Campaign(args.kills, args.seed, directory, say=lambda text: print(text, flush=True))
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
