#!/usr/bin/python3
"""Do two builds say and store the same? same.py OLD_TREE NEW_TREE [--show N]

Both trees are built in build/. Each daemon starts empty under OLD_TREE's rules and catalogue, so that their hashes are equal, and is
given the demo's pushes by its own `needs`, one after another, settled after each. Then three things are compared:

  wire    every publication as replay gives it, and the answer to each question about each person and school
  store   the bodies of journal and outbox, and each person's advice
  json    what `needs --json` prints for the same questions

Times of day, durations, sizes, positions of sealed tokens and texts for people are left out; TEXTS names those members. The exit status is 0 when
nothing else differs.
"""
import argparse
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

import zmq

DAY = "2026-10-01"
PUSHES = ["hillside-people.ndjson", "hillside-reviews-corrected.csv", "--map ./self.map hillside-self.csv", "hillside-observation.csv",
          "oakmere-people.ndjson", "larch-people.ndjson", "oakmere-reviews.csv", "larch-reviews.csv"]
SCHOOLS = {"hillside": "8889901", "oakmere": "8889908", "larch": "8889910"}
# Members for people: their words may change. Members of the moment: they differ in any two runs.
TEXTS = {"text", "message", "summary", "words", "why", "why_not", "why_not_first", "title", "what", "reason", "hint", "remedy", "help", "description", "note"}
MOMENT = {"time", "since", "cursor", "position", "committed", "started", "uptime_s", "pid", "version", "engine", "run", "store_bytes", "rss_bytes", "stand",
          "took_ms", "up_s", "published_at", "at", "next", "sequence", "store", "evaluations"}
CONFIG = """\
[daemon]
data = {dir}/data
{listen} = ipc://{dir}/door
day = manual
share = {share}
worker = {build}/daemon/needs-rules
[authority 888]
name = An imaginary authority
"""


class Run:
    """One build's daemon in a directory of its own."""

    def __init__(self, tree, share, data):
        self.build, self.data_files = pathlib.Path(tree).resolve() / "build", data
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="needs-same-"))
        self.config = self.dir / "needsd.conf"
        self.config.write_text(CONFIG.format(dir=self.dir, listen=self.listen_option(tree), share=share, build=self.build))
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("NEEDS_")}
        self.env.update(HOME=str(self.dir), XDG_STATE_HOME=str(self.dir / "state"), XDG_CONFIG_HOME=str(self.dir / "config"), COLUMNS="100", TERM="dumb",
                        NEEDS_DOOR=f"ipc://{self.dir}/door", NEEDS_SERVER=f"ipc://{self.dir}/door", NEEDS_AUTHORITY="888")
        with open(self.dir / "log", "wb") as log:
            self.process = subprocess.Popen([self.build / "daemon" / "needsd", "--config", self.config], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.wait_ready()
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.connect(f"ipc://{self.dir}/door")

    @staticmethod
    def listen_option(tree):
        """`listen`; `door` for a tree from before the option had that name."""
        options = (pathlib.Path(tree) / "daemon" / "config.c").read_text()
        return "listen" if '{"listen",' in options else "door"

    def wait_ready(self):
        for _ in range(6000):
            if b"\nready" in b"\n" + (self.dir / "log").read_bytes():
                return
            if self.process.poll() is not None:
                sys.exit(f"{self.build}: the daemon ended:\n" + (self.dir / "log").read_text())
            time.sleep(0.01)
        sys.exit(f"{self.build}: the daemon is not ready")

    def needs(self, command, school=None):
        env = {**self.env, **({"NEEDS_SCHOOL": school} if school else {})}
        done = subprocess.run(["bash", "-c", f"{self.build}/clients/needs/needs {command}"], cwd=self.data_files, env=env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    def ask(self, verb, body):
        self.socket.send_multipart([verb.encode(), b"1", json.dumps(body).encode()])
        if not self.socket.poll(60000):
            sys.exit(f"{self.build}: no answer to {verb} {body}")
        return [part.decode() for part in self.socket.recv_multipart()]

    def finish(self):
        self.socket.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def left_out(value):
    """The value without what may differ: MOMENT and TEXTS by their names, times and sealed tokens by their form."""
    if isinstance(value, dict):
        return {key: left_out(inner) for key, inner in value.items() if key not in MOMENT and key not in TEXTS}
    if isinstance(value, list):
        return [left_out(inner) for inner in value]
    if isinstance(value, str):
        if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", value):
            return "TIME"
        if re.fullmatch(r"[A-Za-z0-9_-]{24,}", value) and not re.fullmatch(r"[0-9a-f]{64}", value):
            return "SEALED"
    return value


def parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def settle(run):
    for _ in range(100):
        status, _, body = run.ask("ask", {"question": "settled"})
        if status == "ok":
            return
        time.sleep(0.1)
    sys.exit(f"{run.build}: never settled: {body}")


def wire(run):
    """(what was asked, the answer), one after another."""
    since = "start"
    while True:
        status, _, body = run.ask("replay", {"since": since})
        page = json.loads(body)
        yield from ((f"replay {n}", publication) for n, publication in enumerate(page.get("publications", [])))
        if status != "ok" or not page.get("more"):
            break
        since = page["cursor"]
    for name, school in SCHOOLS.items():
        answer = json.loads(run.ask("ask", {"question": "school", "authority": "888", "school": school})[2])
        yield f"school {name}", answer
        yield f"responses {name}", json.loads(run.ask("ask", {"question": "answers", "authority": "888", "school": school})[2])
        for person in people_of(answer):
            yield f"person {name} {person}", json.loads(run.ask("ask", {"question": "person", "authority": "888", "school": school, "person": person})[2])
    for question in ("questions", "rules", "catalogue", "register", "schools", "history", "titles"):
        yield question, json.loads(run.ask("ask", {"question": question, "authority": "888"})[2])


def people_of(answer):
    return sorted(entry["person"] for entry in answer.get("persons", []))


def readable(blob):
    """The texts in a blob. What lies between them are lengths, and sequences that depend on who was worked out first."""
    return [text.decode() for text in re.findall(rb"[ -~]{6,}", blob)]


def store(run):
    db = sqlite3.connect(f"file:{run.dir}/data/needs.db?mode=ro", uri=True)
    for table, order in (("journal", "position"), ("outbox", "position"), ("people", "id")):
        columns = {row[1] for row in db.execute(f"PRAGMA table_info({table})")} & {"kind", "authority", "school", "subject", "type", "audience", "sequence", "body", "advice"}
        for n, row in enumerate(db.execute(f"SELECT {', '.join(sorted(columns))} FROM {table} ORDER BY {order}")):
            yield f"{table} {n}", {column: parsed(cell) if column == "body" else readable(cell) if isinstance(cell, bytes) else cell
                                   for column, cell in zip(sorted(columns), row)}
    db.close()


def printed(run, people):
    for school, person in people:
        for command in (f"--json show {person}", f"--json explain {person}"):
            status, out, err = run.needs(command, SCHOOLS[school])
            yield f"needs {command}", {"status": status, "out": [parsed(line) for line in out.splitlines()]}
    for command in ("--json status", "--json rules list", "--json history"):
        status, out, _ = run.needs(command)
        yield f"needs {command}", {"status": status, "out": parsed(out)}


def by_whom(rows):
    """In the order of schools and people: who is worked out first among many is chance, the order of each one's rows is not."""
    seen, named = {}, []
    for name, row in rows:
        data = row.get("body", row) if isinstance(row, dict) else row
        if name.startswith(("replay", "outbox")) and isinstance(data, dict):
            whose = f"{name.split()[0]} {data.get('school')} {data.get('subject')} {data.get('data', {}).get('recommendation')}"
            seen[whose] = seen.get(whose, 0) + 1
            name = f"{whose} {seen[whose]:04}"
        named.append((name, row))
    return sorted(named, key=lambda pair: pair[0])


def differences(old, new, show):
    old, new, different = by_whom(old), by_whom(new), 0
    for (name, was), (other, now) in zip(old, new):
        a, b = json.dumps(left_out(was), sort_keys=True), json.dumps(left_out(now), sort_keys=True)
        if a != b or name != other:
            different += 1
            if different <= show:
                at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
                print(f"  {name}\n    old ...{a[max(0, at - 80):at + 120]}\n    new ...{b[max(0, at - 80):at + 120]}")
    return len(old), len(new), different


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--show", type=int, default=3, help="differences to print of each kind")
    arguments = parser.parse_args()
    data, share = pathlib.Path(arguments.new).resolve() / "demo" / "data", pathlib.Path(arguments.old).resolve() / "rules"
    runs = [Run(tree, share, data) for tree in (arguments.old, arguments.new)]
    for run in runs:
        run.needs(f"day {DAY}")
        for push in PUSHES:
            status, _, err = run.needs(f"push {push}", SCHOOLS[push.split()[-1].split("-")[0]])
            if status not in (0, 1):
                sys.exit(f"{run.build}: push {push} ended with {status}: {err}")
            settle(run)
    wires = [list(wire(run)) for run in runs]
    people = [tuple(name.split()[1:]) for name, _ in wires[0] if name.startswith("person ")]
    bad = 0
    for kind, sides in (("wire", wires), ("store", [list(store(run)) for run in runs]), ("json", [list(printed(run, people[::6])) for run in runs])):
        n_old, n_new, different = differences(*sides, arguments.show)
        print(f"{kind}: {n_old} old, {n_new} new, {different} differ")
        bad += different + (n_old != n_new)
    for run in runs:
        run.finish()
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
