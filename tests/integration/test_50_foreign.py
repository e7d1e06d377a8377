"""The clients that are there to be copied, clients/python and clients/node, against a real daemon and every kind of death."""
import json
import random
import re
import select
import shutil
import signal
import subprocess
import time

import pytest
import zmq

from daemon import ROOT, Daemon, build_dir
from door import post, rated
from samples import KINDS, good

pytestmark = pytest.mark.slow

SOURCES = {"python": ROOT / "clients" / "python" / "needs_client.py", "node": ROOT / "clients" / "node" / "needs-client.mjs"}
PATIENCE = 60


def command(kind, place):
    """How to run it; node looks for its modules beside the program, and they are in the build directory."""
    if kind == "python":
        return ["/usr/bin/python3", "-B", str(SOURCES[kind])]
    modules = build_dir().resolve() / "node" / "node_modules"
    if shutil.which("node") is None:
        pytest.skip("there is no node on this machine")
    if not (modules / "zeromq").is_dir():
        pytest.skip(f"ZeroMQ.js is not in {modules}: ./dev test puts it there when npm can be reached")
    (place / "node_modules").symlink_to(modules)
    return ["node", shutil.copy(SOURCES[kind], place)]


class Client:
    def __init__(self, kind, place):
        self.command, self.place, self.running = command(kind, place), place, []

    def start(self, endpoint, *arguments):
        process = subprocess.Popen([*self.command, *map(str, arguments)], cwd=self.place, env={"PATH": "/usr/bin:/bin", "NEEDS_SERVER": endpoint},
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.running.append(process)
        return process

    def run(self, endpoint, *arguments):
        process = self.start(endpoint, *arguments)
        said, _ = process.communicate(timeout=PATIENCE)
        return process.returncode, said


@pytest.fixture(params=sorted(SOURCES))
def client(request, tmp_path):
    made = Client(request.param, tmp_path)
    yield made
    for process in made.running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def write(path, events):
    path.write_text("".join(json.dumps(e) + "\n" for e in events), encoding="utf-8")
    return path


def kept(path):
    """The publications in whole lines of the file."""
    text = path.read_bytes() if path.exists() else b""
    return [json.loads(line)["publication"] for line in text[:text.rfind(b"\n") + 1].splitlines()]


def until(true, seconds=PATIENCE):
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    assert true()


def people(count, start=0):
    return [e for n in range(start, start + count) for e in (post(f"p-{n:04}", source="foreign"), rated(f"p-{n:04}", {"STL3": n % 3}, source="foreign"))]


# --- push ---

def test_push_names_what_is_wrong(needsd, client, tmp_path):
    needsd.door().day("2026-09-01")
    events = people(3)
    events[1]["data"]["ratings"][0]["competence"] = "STL333"
    events[5]["data"]["surname"] = "nobody"
    path = write(tmp_path / "events.ndjson", events)
    path.write_text(path.read_text().replace("\n", "\n\n", 1))  # an empty line counts as a line, not as an event
    status, said = client.run(needsd.endpoint, "push", path)
    assert status == 1 and said.splitlines()[-1] == "4 accepted, 0 duplicate, 2 rejected"
    assert f"{path}:3: {events[1]['id']} at /data/ratings/0/competence: unknown-competence: " in said
    assert f"{path}:7: {events[5]['id']} at /data/surname: unknown-member: " in said
    events[1]["data"]["ratings"][0]["competence"] = "STL3"
    del events[5]["data"]["surname"]
    assert client.run(needsd.endpoint, "push", write(path, events)) == (0, "2 accepted, 4 duplicate, 0 rejected\n")
    path.write_bytes(b'{"no": json\n' + json.dumps(events[0]).encode() + b'\nNaN\n{"a":1},{"b":2}\n' + json.dumps(events[2]).encode() + b"\n")
    status, said = client.run(needsd.endpoint, "push", path)  # each bad line is named, and spoils no other
    assert status == 1 and said.splitlines()[-1] == "0 accepted, 2 duplicate, 3 rejected"
    assert re.findall(r":(\d+): not-json: ", said) == ["1", "3", "4"], said
    path.write_text("")
    assert client.run(needsd.endpoint, "push", path) == (0, "0 accepted, 0 duplicate, 0 rejected\n")


def test_push_in_batches_over_deaths(client, tmp_path):
    """The daemon is not there yet, is killed in the middle, comes back: every event is taken, none twice."""
    with Daemon() as daemon:
        events = people(1200)
        path = write(tmp_path / "events.ndjson", events)
        process = client.start(daemon.endpoint, "push", path)
        daemon.stop()
        time.sleep(random.uniform(0.0, 0.3))
        daemon.start()
        time.sleep(random.uniform(0.0, 0.4))
        daemon.kill()
        daemon.start()
        said, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, said
        accepted, duplicate, rejected = (int(part.split()[0]) for part in said.splitlines()[-1].split(", "))
        assert accepted + duplicate == len(events) and rejected == 0
        verdicts = [r["status"] for i in range(0, len(events), 500) for r in daemon.door().push(events[i:i + 500])["results"]]
        assert set(verdicts) == {"duplicate"}


def test_push_honours_busy_and_limits(client, tmp_path):
    """A door of our own says busy twice, then takes everything; no batch is over 1,000 events or 1 MiB."""
    events = people(700) + [post(f"p-9{n:03}", data={"title": "y" * 60000}) for n in range(40)]
    path = write(tmp_path / "events.ndjson", events)
    endpoint, router, said, sizes = f"ipc://{tmp_path}/door", zmq.Context.instance().socket(zmq.ROUTER), 0, []
    assert len(endpoint) < 100
    router.bind(endpoint)
    process = client.start(endpoint, "push", path)
    taken = 0
    while taken < len(events):
        assert router.poll(20000)
        *route, verb, rid, body = router.recv_multipart()
        assert verb == b"push"
        batch = json.loads(body)
        sizes.append((len(batch), len(body)))
        said += 1
        if said <= 2:
            router.send_multipart([*route, b"error", rid, b'[{"code":"busy","pointer":"","message":"later"}]'])
            continue
        taken += len(batch)
        results = [{"index": i, "id": e["id"], "status": "accepted"} for i, e in enumerate(batch)]
        router.send_multipart([*route, b"ok", rid, json.dumps({"position": "x", "results": results}).encode()])
    assert process.communicate(timeout=PATIENCE)[0].splitlines() == [f"no good answer from {endpoint} yet; trying on", f"{len(events)} accepted, 0 duplicate, 0 rejected"]
    assert sizes[0] == sizes[1] == sizes[2] and all(n <= 1000 and size <= 2**20 for n, size in sizes)
    router.close(0)


def test_usage(client):
    for wrong in ([], ["push"], ["dance", "x"], ["follow", "x"]):
        status, said = client.run("ipc:///nowhere", *wrong)
        assert status == 2 and "follow FILE --name NAME [--topic T ...]" in said


# --- what a newcomer meets first ---

def heard(process, wanted, seconds=15):
    """The first line that it says, within some seconds, while it goes on."""
    assert select.select([process.stdout], [], [], seconds)[0], "it says nothing"
    line = process.stdout.readline()
    assert wanted in line and process.poll() is None, line


@pytest.mark.parametrize("what", [["push", "events.ndjson"], ["follow", "kept.ndjson", "--name", "x"]])
def test_a_door_where_nobody_answers_is_said_once(client, tmp_path, what):
    write(tmp_path / "events.ndjson", [post("p-1")])
    process = client.start(f"ipc://{tmp_path}/nobody", *what)
    heard(process, f"no good answer from ipc://{tmp_path}/nobody yet; trying on")
    time.sleep(1.5)
    process.kill()
    assert process.communicate(timeout=PATIENCE)[0] == ""


@pytest.mark.parametrize("what", [["push", "nothing.ndjson"], ["follow", "nowhere/kept.ndjson", "--name", "x"]])
def test_a_file_that_is_not_there_is_one_line(client, tmp_path, what):
    status, said = client.run(f"ipc://{tmp_path}/nobody", *what)
    assert status == 1 and len(said.splitlines()) == 1 and what[1] in said and "o such file" in said, said


def test_a_door_that_is_none_is_one_line(client, tmp_path):
    status, said = client.run("nonsense", "push", write(tmp_path / "events.ndjson", [post("p-1")]))
    assert status == 1 and len(said.splitlines()) == 1, said


# --- follow ---

def test_follow_once_each_over_kills_of_both(client, tmp_path):
    """kill -9 of the client and of the daemon, at random, while events come in: at the end the file is what replay says."""
    log, dice = tmp_path / "kept.ndjson", random.Random()
    with Daemon(options={"lease_s": 2}) as daemon:
        daemon.door().day("2026-09-01")
        process = client.start(daemon.endpoint, "follow", log, "--name", "display")
        for turn in range(6):
            door = daemon.door()
            door.push_good(people(60, 60 * turn))
            time.sleep(dice.uniform(0.05, 0.8))
            if turn % 2:
                daemon.kill()
                daemon.start()
            else:
                process.kill()
                process.wait()
                if turn == 2 and log.exists():  # killed within a line
                    with open(log, "ab") as torn:
                        torn.write(b'{"cursor":"')
                process = client.start(daemon.endpoint, "follow", log, "--name", "display")
        door = daemon.door()
        door.settle()
        told = door.publications()
        assert len(told) > 300
        until(lambda: len(kept(log)) >= len(told))
        time.sleep(0.5)
        assert kept(log) == told
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)


def test_follow_outlives_silence_of_either_side(client, tmp_path):
    """The client is stopped for longer than its lease, then the daemon: both go on, and nothing is missed or repeated."""
    log = tmp_path / "kept.ndjson"
    with Daemon(options={"lease_s": 2}) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        process = client.start(daemon.endpoint, "follow", log, "--name", "display")
        door.settle(door.push_good(people(10)))
        until(lambda: len(kept(log)) >= 10)
        process.send_signal(signal.SIGSTOP)
        door.settle(door.push_good(people(40, 10)))
        time.sleep(5)
        process.send_signal(signal.SIGCONT)
        until(lambda: kept(log) == door.publications())
        daemon.process.send_signal(signal.SIGSTOP)
        time.sleep(5)
        daemon.process.send_signal(signal.SIGCONT)
        door.settle(door.push_good(people(10, 50)))
        until(lambda: kept(log) == door.publications())
        time.sleep(0.5)
        assert kept(log) == door.publications() and process.poll() is None


def test_follow_topics_and_a_name_taken_over(client, tmp_path):
    with Daemon(options={"lease_s": 2}) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good(people(6)))
        wanted = ["888/8889901/p-0001", "888/8889901/p-0003"]
        one, two = tmp_path / "one.ndjson", tmp_path / "two.ndjson"
        topics = [part for topic in wanted for part in ("--topic", topic)]
        first = client.start(daemon.endpoint, "follow", one, "--name", "office", *topics)
        told = [p for p in door.publications() if p.get("subject") in ("p-0001", "p-0003")]
        assert told and len({p["subject"] for p in told}) == 2
        until(lambda: kept(one) == told)
        time.sleep(4)  # two leases: an idle follow stays
        door.settle(door.push_good(rated("p-0003", {"STL3": 3}, evidence="observer", by="o-1")))
        more = [p for p in door.publications() if p.get("subject") in ("p-0001", "p-0003")]
        assert len(more) > len(told)
        until(lambda: kept(one) == more)
        second = client.start(daemon.endpoint, "follow", two, "--name", "office", *topics)
        assert "taken-over" in first.communicate(timeout=PATIENCE)[0] and first.returncode == 1
        assert second.poll() is None


# --- a library on the way ---

TIMES = ["2026-03-02T15:30:00Z", "2026-03-02t15:30:00z", "2026-03-02T16:30:00.5+01:00", "2026-03-02T15:30:00.123456789Z", "2026-03-02T00:15:00-08:00"]


def through_a_library(events, place):
    """The events as the CloudEvents SDK for JavaScript reads and writes them."""
    modules = build_dir().resolve() / "foreign" / "node_modules"
    if shutil.which("node") is None:
        pytest.skip("there is no node on this machine")
    if not (modules / "cloudevents").is_dir():
        pytest.skip(f"the CloudEvents SDK is not in {modules}: ./dev test puts it there when npm can be reached")
    (place / "node_modules").symlink_to(modules)
    program = shutil.copy(ROOT / "tests" / "foreign" / "rewrite.mjs", place)
    done = subprocess.run(["node", program], input="\n".join(map(json.dumps, events)), capture_output=True, text=True, timeout=PATIENCE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_an_event_that_a_library_wrote_anew_is_a_duplicate(tmp_path):
    """Whichever comes first: as it was sent, or as the library spells its time."""
    events = [good(kind, f"{kind}-{n}", time=time, subject=f"p-{n}") for kind in KINDS if kind != "person.erase" for n, time in enumerate(TIMES)]
    written = through_a_library(events, tmp_path)
    assert len(written) == len(events) and sum(a["time"] != b["time"] for a, b in zip(events, written)) == len(events)

    for first, then in ((events, written), (written, events)):
        with Daemon() as daemon:
            door = daemon.door()
            door.day("2026-09-01")
            assert {r["status"] for r in door.push(first)["results"]} == {"accepted"}
            assert {r["status"] for r in door.push(then)["results"]} == {"duplicate"}


# --- as documentation ---

def test_they_are_short_and_say_where_nothing_comes_from():
    for source in SOURCES.values():
        assert len(source.read_text().splitlines()) < 100
    for place in (ROOT / "clients" / "node", ROOT / "tests" / "foreign"):
        lock = json.loads((place / "package-lock.json").read_text())
        for name, package in lock["packages"].items():
            assert "resolved" not in package, f"{name} names a registry"
        assert all("://" not in (place / name).read_text().replace("ipc://", "") for name in ("package.json", "package-lock.json"))


def test_push_believes_no_answer_that_does_not_fit(client, tmp_path):
    """One result for two events says nothing of either."""
    file = write(tmp_path / "events.ndjson", [post("p-1"), post("p-2")])
    endpoint = f"ipc://{tmp_path}/door"
    with zmq.Context.instance().socket(zmq.ROUTER) as router:
        router.linger = 0
        router.bind(endpoint)
        process = client.start(endpoint, "push", file)
        assert router.poll(20_000)
        *way, _, id_, _ = router.recv_multipart()
        router.send_multipart([*way, b"ok", id_, b'{"results":[{"index":0,"id":"a","status":"accepted"}]}'])
        said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1 and "1 accepted" not in said, said
