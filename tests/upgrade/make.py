#!/usr/bin/python3
"""Writes data directories with the programs of one release, for test_upgrade.py to open with every later version.

`make.py BUILD RELEASE` takes the build directory of that release (inside a checkout of it, since the rules and the catalogue come
from beside it) and writes tests/upgrade/RELEASE/data.tar.xz: a data directory for each scenario below, byte for byte as the release
left it (in one archive, since most of each is the same catalogue). Beside it, in NAME/ for each scenario:
- publications.ndjson.xz: everything that the release published, as its `replay` told it;
- events.ndjson, and files that went through `needs push`: what was pushed;
- catalogue/: the authority's overlay, where the scenario has one;
- about.json: how the daemon was configured, how it ended, and where its named follows stood.
"""
import contextlib
import io
import json
import lzma
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))

import daemon as daemon_module  # noqa: E402
from daemon import Daemon  # noqa: E402
from door import Follow, post, rated  # noqa: E402
from door import event as one  # noqa: E402

DEMO = HERE.parents[1] / "demo" / "data"
DAY = "2026-09-01"
FRAMEWORK = "d0000000-aaaa-bbbb-cccc-000000000000"
THINGS = [f"11111111-2222-3333-4444-{n:012}" for n in (1, 2)]
OVERLAY = {
    "frameworks.csv": ["framework,version,title,levels,certainty",
                       *(f"{FRAMEWORK},{version},{title},no;part;yes,high"
                         for version, title in (("2024-09-01", "Old"), ("2026-09-01", "New")))],
    "competences.csv": ["framework,version,code,title,purpose,certainty",
                        *(f"{FRAMEWORK},{version},{code},Thing {n},role,high"
                          for version in ("2024-09-01", "2026-09-01") for n, code in enumerate(THINGS, 1))],
    "profiles.csv": ["scope,competence,level,importance,weight,purpose,certainty",
                     *(f"role:TASS,{FRAMEWORK}@{version}/{code},2,essential,3,role,high"
                       for version in ("2024-09-01", "2026-09-01") for code in THINGS)],
}


class Scenario:
    """One data directory while it is written."""

    def __init__(self, place, build, overlay=None):
        self.place, self.build, self.pushed = place, build, []
        self.about = {"day": DAY, "files": [], "cursors": {}, "ended": "stopped"}
        options = {"name": "Example"}
        if overlay:
            (place / "catalogue").mkdir()
            for name, lines in overlay.items():
                (place / "catalogue" / name).write_text("\n".join(lines) + "\n")
            options["catalogue"] = place / "catalogue"
        share = build.parent / "rules"
        self.daemon = Daemon(authorities={"888": options}, options={"share": share})
        self.running = contextlib.ExitStack()  # ends the daemon and removes its directory, whatever happens
        self.running.enter_context(self.daemon)
        self.door = self.daemon.door()
        self.door.day(DAY)

    def push(self, *events):
        self.pushed += events
        self.door.settle(self.door.push_good(list(events)))

    def push_file(self, path, school, *options):
        """Through the command line of the same release."""
        shutil.copy(path, self.place)
        env = {"PATH": os.environ["PATH"], "HOME": str(self.daemon.dir), "NEEDS_SERVER": self.daemon.endpoint,
               "NEEDS_AUTHORITY": "888", "NEEDS_SCHOOL": school}
        subprocess.run([self.build / "clients" / "needs" / "needs", "push", *options, path.name], cwd=self.place, env=env,
                       check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.about["files"].append([school, *options, path.name])
        self.door.settle()

    def follow(self, name, count):
        """Takes so many publications under a name, and acknowledges them."""
        follow = Follow(self.daemon.endpoint, name=name, since="start", credit=count)
        for _ in range(count):
            assert follow.next(timeout=20, acknowledge=False) is not None
        follow.acknowledge()
        follow.close()
        self.about["cursors"][name] = count

    def recommendations(self, subject):
        return [advice["recommendation"] for advice in self.door.person(subject)["recommendations"]]

    def finish(self):
        publications = self.door.publications()
        (self.place / "events.ndjson").write_text("".join(json.dumps(e) + "\n" for e in self.pushed))
        lines = "".join(json.dumps(p, ensure_ascii=False) + "\n" for p in publications)
        (self.place / "publications.ndjson.xz").write_bytes(lzma.compress(lines.encode(), preset=9))

        if self.about["ended"] == "killed":
            self.daemon.kill()
        else:
            assert self.daemon.stop() == 0
        (self.place / "about.json").write_text(json.dumps(self.about, indent=1) + "\n")

    def files(self):
        return [path for path in sorted(self.daemon.data.iterdir()) if path.is_file() and not path.name.endswith("-shm")]


def demo(scenario):
    """One school of the demo: people, reviews and self-ratings from its files."""
    scenario.push_file(DEMO / "hillside-people.ndjson", "8889901")
    scenario.push_file(DEMO / "hillside-reviews-corrected.csv", "8889901")
    shutil.copy(DEMO / "self.map", scenario.place)
    scenario.push_file(DEMO / "hillside-self.csv", "8889901", "--map", "./self.map")
    scenario.follow("display", 25)


def answer(subject, recommendation, **more):
    return one("response.recorded", {"recommendation": recommendation, "date": DAY, "response": "declined", "by": "manager"}, subject, **more)


def unknown_person(scenario):
    """A response about a person of whom no post was ever recorded."""
    scenario.push(post("p-1"), rated("p-1", {"STL3": 1}))
    scenario.push(answer("p-1", scenario.recommendations("p-1")[0]), answer("p-999", "coaching.STL3"))


def cut_id(scenario):
    """Two competences of two versions of a framework whose recommendations had one id, cut at 79 characters; one was answered."""
    scenario.push(post("p-1"), post("p-2"))
    keys = [f"{FRAMEWORK}@{version}/{code}" for version in ("2024-09-01", "2026-09-01") for code in THINGS]
    for subject in ("p-1", "p-2"):
        scenario.push(rated(subject, {key: 1 for key in keys}))
    long = [recommendation for recommendation in scenario.recommendations("p-1") if FRAMEWORK in recommendation]
    scenario.push(answer("p-1", long[0]))


def short_codes(scenario):
    """Events that name competences by code alone; the journal holds the full keys."""
    for n in range(1, 7):
        scenario.push(post(f"p-{n}"), rated(f"p-{n}", {"STL3": n % 3, "STL19": 1, "STL@2007/STL4": 2}))
    scenario.push(one("priority.recorded", {"priority": "behaviour", "competences": [{"competence": "STL19", "weight": 4}],
                                            "roles": ["TASS"], "from": "2026-01-10", "to": "2026-12-31"}))


def cursors(scenario):
    """Two named follows, each at another place, and publications that neither has had."""
    scenario.push(*(post(f"p-{n}") for n in range(1, 4)), *(rated(f"p-{n}", {"STL3": 1}) for n in range(1, 4)))
    scenario.follow("display", 2)
    scenario.follow("office", 5)
    scenario.push(rated("p-1", {"STL3": 3}, evidence="observer", by="o-1"))


def killed(scenario):
    """As kill -9 leaves it: the last commits are in the write-ahead log alone."""
    short_codes(scenario)
    scenario.follow("display", 3)
    scenario.about["ended"] = "killed"


SCENARIOS = {"demo": (demo, None), "unknown-person": (unknown_person, None), "cut-id": (cut_id, OVERLAY), "short-codes": (short_codes, None),
             "cursors": (cursors, None), "killed": (killed, None)}


def make(build, place, name, archive):
    tell, overlay = SCENARIOS[name]
    (place / name).mkdir(parents=True)
    scenario = Scenario(place / name, build, overlay)
    with contextlib.closing(scenario.door), scenario.running:
        tell(scenario)
        scenario.finish()
        for path in scenario.files():
            archive.add(path, f"{name}/{path.name}", filter=without_owner)


def without_owner(member):
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    return member


def main():
    if len(sys.argv) != 3:
        print("usage: make.py BUILD RELEASE   (BUILD: where that release was built, inside its checkout)", file=sys.stderr)
        return 2
    build, place = pathlib.Path(sys.argv[1]).resolve(), HERE / sys.argv[2]
    daemon_module.build_dir = lambda: build
    shutil.rmtree(place, ignore_errors=True)

    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for name in SCENARIOS:
            make(build, place, name, archive)
    (place / "data.tar.xz").write_bytes(lzma.compress(raw.getvalue(), preset=9 | lzma.PRESET_EXTREME))
    print(f"{place}: {sum(path.stat().st_size for path in place.rglob('*') if path.is_file()):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
