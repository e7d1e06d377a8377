"""Bit rot: flips and truncations of every file of a data directory. Each is harmless, repaired or named; nothing is served wrong."""
import json
import pathlib
import random
import re
import shutil
import sqlite3
import subprocess

import pytest

from attack import length
from daemon import Daemon, build_dir
from door import Fault, Follow, post, rated

SHORT = 500


def flips(cases, seed, *more):
    done = subprocess.run([str(build_dir() / "tests" / "attack" / "flips"), str(cases), str(seed), *more], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr[-2000:]
    return json.loads(done.stdout), done.stderr


def test_random_flips_and_truncations():
    found, said = flips(length(SHORT), 1)
    print(found)
    assert found["cases"] == length(SHORT)
    assert found["served_wrong"] == 0, said
    assert min(found["harmless"], found["named_at_start"]) > 0, "the cases are too much alike"
    assert min(found[file] for file in ("database", "log", "shm", "key", "head")) > 0


def test_without_the_hashes_of_rows_the_attack_sees_what_is_served_wrong():
    assert flips(SHORT, 1, "unchecked")[0]["served_wrong"] > 0


# --- through the whole daemon ---

@pytest.fixture
def stopped():
    with Daemon() as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.push([e for i in range(6) for e in (post(f"p-{i}", id=f"post-{i}", source="rot"), rated(f"p-{i}", {"STL3": 0}, id=f"rate-{i}", source="rot"))])
        door.settle()
        daemon.told = door.publications()
        assert len(daemon.told) > 3
        daemon.stop()
        yield daemon


def database(daemon):
    return pathlib.Path(daemon.data) / "needs.db"


def flip_in_body(daemon, table, position, old, new):
    """One byte of a row's body, in the file itself, found by the row's own bytes."""
    with sqlite3.connect(f"file:{database(daemon)}?immutable=1", uri=True) as db:
        (body,) = db.execute(f"SELECT body FROM {table} WHERE position = ?", (position,)).fetchone()
    changed = body.replace(old, new, 1)
    assert changed != body and len(changed) == len(body), body
    data = database(daemon).read_bytes()
    assert data.count(body.encode()) == 1
    database(daemon).write_bytes(data.replace(body.encode(), changed.encode()))


def refused(daemon, words):
    with pytest.raises(RuntimeError, match="ended with 74"):
        daemon.start()
    assert words in daemon.log.read_text()
    daemon.process = None  # it ended as it should


def test_one_bit_in_a_publications_body(stopped):
    flip_in_body(stopped, "outbox", 2, '"specversion":"1.0"', '"specversion":"1.2"')
    stopped.start()
    door = stopped.door()
    first = door.request("replay", {"since": "start"})
    assert first["publications"] == stopped.told[:1] and first["more"]
    with pytest.raises(Fault) as fault:
        door.request("replay", {"since": first["cursor"]})
    assert fault.value.codes == ["damaged"]
    message = str(fault.value)
    assert "outbox position 2 authority" in stopped.new_log()
    behind = message.split("with the cursor ")[1].split(" ")[0]
    rest = door.request("replay", {"since": behind})
    assert rest["publications"] == stopped.told[2:]  # and nobody is held there for ever
    verify = door.ask("verify", timeout=60)
    assert not verify["ok"] and any("outbox position 2" in text for text in verify["damaged"]), verify
    assert stopped.alive()


def spoil_page(daemon, table):
    """The first leaf of a table loses its header, so that SQLite cannot read it; which rows of the outbox lay on it."""
    with sqlite3.connect(f"file:{database(daemon)}?immutable=1", uri=True) as db:
        (page,) = db.execute("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path LIMIT 1", (table,)).fetchone()
    with database(daemon).open("r+b") as file:
        file.seek(4096 * (page - 1))
        file.write(bytes(8))


def test_a_damaged_page_of_the_outbox(stopped):
    spoil_page(stopped, "outbox")
    stopped.start()
    door = stopped.door()
    with pytest.raises(Fault) as fault:
        door.request("replay", {"since": "start"})
    assert fault.value.codes == ["damaged"]

    follow = Follow(stopped.endpoint, since="start")
    with pytest.raises(Fault) as ended:
        follow.next(timeout=20)
    assert ended.value.codes == ["damaged"]
    follow.close()

    cursor, passed_over = str(fault.value).split("with the cursor ")[1].split(" ")[0], 1
    while True:
        try:
            rest = door.request("replay", {"since": cursor})["publications"]
            break
        except Fault as again:
            assert again.codes == ["damaged"]
            cursor, passed_over = str(again).split("with the cursor ")[1].split(" ")[0], passed_over + 1
    assert rest == stopped.told[passed_over:] and 0 < passed_over < len(stopped.told)

    verify = door.ask("verify", timeout=60)
    assert not verify["ok"] and any("outbox position 1: a page" in text for text in verify["damaged"]), verify
    assert verify["differences"] == []
    log = stopped.new_log()
    assert log.count("outbox position 1: a page of the database is damaged") == 1, log
    store = door.ask("health")["store"]
    assert store["damaged"] == passed_over and "a page of the database is damaged" in store["damage"]

    door.push([post("p-8", id="post-8", source="rot")])  # and the store goes on writing
    door.settle()
    assert stopped.alive()


@pytest.mark.parametrize("table, words", [("cursors", "is damaged (cursors: a page of the database is damaged"),
                                          ("state", "is damaged (state:"),
                                          ("people", "is damaged (people: a page of the database is damaged"),
                                          ("journal", "is damaged (journal position 1: a page of the database is damaged")])
def test_a_damaged_page_of_another_table_is_named_at_the_start(stopped, table, words):
    spoil_page(stopped, table)
    refused(stopped, words)


def test_a_page_that_is_damaged_where_the_next_row_belongs(stopped):
    """The last page of the outbox: no event could be acknowledged, so there is no start."""
    with sqlite3.connect(f"file:{database(stopped)}?immutable=1", uri=True) as db:
        (page,) = db.execute("SELECT pageno FROM dbstat WHERE name = 'outbox' AND pagetype = 'leaf' ORDER BY path DESC LIMIT 1").fetchone()
    with database(stopped).open("r+b") as file:
        file.seek(4096 * (page - 1))
        file.write(bytes(8))
    (pathlib.Path(stopped.data) / "head").unlink()
    refused(stopped, "is damaged (outbox position")


def test_a_start_with_an_empty_store_says_so(stopped):
    assert "starts with an empty store" in stopped.log.read_text()
    said = stopped.log.read_text().count("starts with an empty store")
    stopped.start()
    assert stopped.log.read_text().count("starts with an empty store") == said
    stopped.stop()
    shutil.rmtree(stopped.data)
    stopped.start()
    assert stopped.log.read_text().count("starts with an empty store") == said + 1


def test_one_bit_in_a_journal_body(stopped):
    flip_in_body(stopped, "journal", 4, '"level":0', '"level":2')
    refused(stopped, "journal position 4 authority 888")


def test_one_bit_in_the_key(stopped):
    key = pathlib.Path(stopped.data) / "key"
    data = bytearray(key.read_bytes())
    data[7] ^= 4
    key.write_bytes(bytes(data))
    refused(stopped, "does not fit")


def test_the_database_is_gone(stopped):
    database(stopped).unlink()
    refused(stopped, "restore the whole directory from its backup")
    assert not database(stopped).exists()


def test_an_older_copy_is_named_and_taken_where_head_is_removed(stopped, tmp_path):
    shutil.copy(database(stopped), tmp_path / "older")
    stopped.start()
    stopped.door().push([post("p-9", id="later", source="rot")])
    stopped.stop()
    shutil.copy(tmp_path / "older", database(stopped))
    refused(stopped, "has fallen behind its head")
    (pathlib.Path(stopped.data) / "head").unlink()
    stopped.start()
    assert stopped.door().publications()[:len(stopped.told)] == stopped.told
    assert "is made again" in stopped.log.read_text()


def test_a_log_that_is_gone_is_named(stopped):
    stopped.start()
    stopped.door().push([post("p-9", id="later", source="rot")])
    stopped.kill()
    (pathlib.Path(stopped.data) / "needs.db-wal").unlink()
    refused(stopped, "has fallen behind its head")


def needs(daemon, *args, status):
    done = subprocess.run([str(build_dir() / "clients" / "needs" / "needs"), "--server", daemon.endpoint, *args], capture_output=True, text=True, timeout=60)
    assert done.returncode == status, done.stdout + done.stderr
    return " ".join((done.stdout + done.stderr).split())


def test_a_question_that_needs_a_damaged_publication_names_it(stopped):
    """The body of a recommendation and the register are made from it: neither is answered without."""
    issued = next(i for i, p in enumerate(stopped.told) if p["type"] == "needs.recommendation.issued.v1")
    data, head = database(stopped).read_bytes(), f'{{"specversion":"1.0","id":"{stopped.told[issued]["id"]}"'.encode()
    assert data.count(head) == 1
    database(stopped).write_bytes(data.replace(head, head.replace(b"1.0", b"1.2")))
    stopped.start()
    door, told = stopped.door(), stopped.told[issued]
    about = {"authority": "888", "school": told["school"], "person": told["subject"]}
    row = f"outbox position {issued + 1} authority 888 school {told['school']}: the row is not as it was written"

    for question, body in (("recommendation", about | {"recommendation": told["data"]["recommendation"]}), ("register", {"authority": "888"})):
        for _ in range(2):  # nor at a second try
            with pytest.raises(Fault) as fault:
                door.ask(question, **body)
            assert fault.value.codes == ["damaged"] and row in str(fault.value), (question, str(fault.value))

    other = next(p for p in stopped.told if p["type"] == "needs.recommendation.issued.v1" and p["subject"] != told["subject"])
    answer = door.ask("recommendation", **about | {"person": other["subject"], "recommendation": other["data"]["recommendation"]})
    assert answer["sequence"] == other["sequence"]
    assert door.ask("person", **about)["recommendations"]  # from memory
    assert stopped.new_log().count(row) == 1

    said = needs(stopped, "status", status=1)
    assert f"damaged: 1 place in the store, the newest {row}; see needs verify, and restore the backup" in said, said
    said = needs(stopped, "verify", status=1)
    assert said.startswith("damaged: ") and f"damaged in the store: {row}" in said and "Next: keep a copy of the data directory" in said, said
    assert "it differs" not in said


# --- at random, through the whole daemon ---

SHORT_DAEMON = 12
FILES = ["needs.db"] * 6 + ["needs.db-wal"] * 4 + ["key", "head", "needs.db-shm", "lock"]
PEOPLE = [f"p-{i}" for i in range(6)]
SAYS_DAMAGE = re.compile("damaged|does not fit|fallen behind|cannot be read|is not a database|malformed|is made again|restore|corrupt|not hold")


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """Data directories of a daemon that was stopped and of one that was killed with its log behind it, and what each serves."""
    made = {}
    for end in ("stopped", "killed"):
        place = tmp_path_factory.mktemp("flips") / end
        with Daemon(directory=place) as daemon:
            door = daemon.door()
            door.day("2026-09-01")
            door.push([e for p in PEOPLE for e in (post(p, id=f"post-{p}", source="rot"), rated(p, {"STL3": 0, "STL19": 1}, id=f"rate-{p}", source="rot"))])
            door.settle()
            if end == "stopped":
                assert daemon.stop() == 0
            else:
                daemon.kill()
        data = {f.name: f.read_bytes() for f in (place / "data").iterdir() if f.is_file()}
        made[end] = data, served(data, tmp_path_factory.mktemp("as-it-was"))
        assert made[end][1]["how"] == "served" and made[end][1]["verify"]["ok"] and len(made[end][1]["replay"]) > 6
    return made


def replayed(door, damage):
    """All publications; one that is damaged is None, and the replay goes on behind it."""
    out, since = [], "start"
    while True:
        try:
            page = door.request("replay", {"since": since, "limit": 1000})
        except Fault as fault:
            damage.append(str(fault))
            behind = re.search("with the cursor ([^ ]+) ", str(fault))
            assert fault.codes == ["damaged"] and behind, fault
            out.append(None)
            since = behind.group(1)
            continue
        out += page["publications"]
        since = page["cursor"]
        if not page["more"]:
            return out


def served(data, place):
    """What a daemon does with these files: it ends and names why, or all that it serves and the damage that it names."""
    (place / "data").mkdir(mode=0o700)
    for name, content in data.items():
        (place / "data" / name).write_bytes(content)
        (place / "data" / name).chmod(0o600)
    daemon = Daemon(directory=place)
    try:
        daemon.start()
        return answers(daemon)
    except (RuntimeError, TimeoutError):
        status, log = daemon.process.wait(60), daemon.new_log()
        return {"how": "ended", "status": status, "named": bool(SAYS_DAMAGE.search(log)), "log": log}
    finally:
        daemon.__exit__(RuntimeError)  # its status was looked at


def answers(daemon):
    damage = []
    door = daemon.door(timeout=20)
    found = {"how": "served", "replay": replayed(door, damage), "people": {}}
    door.settle()
    for person in PEOPLE:
        try:
            found["people"][person] = answer = door.person(person)
            for advice in answer["recommendations"]:
                del advice["stand"]  # a sealed token, another each time
        except Fault as fault:
            damage.append(str(fault))
    found["verify"] = door.ask("verify", timeout=60)
    damage += [line for line in daemon.new_log().splitlines() if SAYS_DAMAGE.search(line)]
    return {**found, "damage": damage}


def one_flip(rng, data):
    """(a copy with one bit or the end of one file gone, what was done)."""
    name = rng.choice([n for n in FILES if data.get(n)] or list(data))
    content = bytearray(data[name])
    at = rng.randrange(len(content))
    if rng.random() < 0.15:
        del content[at:]
        how = f"{name} cut at {at}"
    else:
        bit = rng.randrange(8)
        content[at] ^= 1 << bit
        how = f"bit {bit} of {name} at {at}"
    return {**data, name: bytes(content)}, how


def wrong(found, original):
    """What was served that is not so, in words; None: nothing."""
    if found["how"] == "ended":
        return None if found["named"] and found["status"] == 74 else "an end without its reason"
    lost = [p for p in original["replay"] if p not in found["replay"]]
    if any(p is not None and p not in original["replay"] for p in found["replay"]):
        return "a publication that never was"
    if lost and len(found["replay"]) != len(original["replay"]):
        return "publications are missing in silence"
    for person, answer in found["people"].items():
        differ = [(key, str(answer.get(key))[:500], str(value)[:500]) for key, value in original["people"][person].items() if answer.get(key) != value]
        if differ:
            return f"another answer about {person}: {differ}"
    if not found["damage"] and (lost or len(found["people"]) < len(PEOPLE)):
        return "something is missing in silence"
    if not found["verify"]["ok"] and not found["verify"].get("damaged"):
        return f"verify names nothing: {found['verify']}"
    return None


def test_random_flips_through_the_daemon(originals, tmp_path):
    rng = random.Random(5)
    counts = {"harmless": 0, "named while served": 0, "ended": 0}
    for n in range(length(SHORT_DAEMON)):
        data, original = originals[rng.choice(sorted(originals))]
        changed, how = one_flip(rng, data)
        place = tmp_path / f"{n}"
        place.mkdir()
        found = served(changed, place)
        assert wrong(found, original) is None, f"{n}: {how}: {wrong(found, original)} {found.get('damage', found.get('log'))}"
        kind = "ended" if found["how"] == "ended" else "named while served" if found["damage"] or not found["verify"]["ok"] else "harmless"
        counts[kind] += 1
        shutil.rmtree(place)
    print(counts)
    assert counts["harmless"] > 0 and counts["ended"] > 0, counts


# --- files that are taken away while the daemon runs ---

@pytest.mark.parametrize("what", ["", "needs.db", "needs.db-wal", "key", "head"])
def test_nothing_is_acknowledged_into_deleted_files(what):
    with Daemon() as daemon:
        door = daemon.door()
        door.push([post("p-1", id="before", source="rot")])
        at = pathlib.Path(daemon.data) / what
        at.rename(f"{daemon.dir}/aside")
        with pytest.raises(TimeoutError):
            door.push([post("p-2", id="after", source="rot")], timeout=2)
        assert daemon.process.wait(20) == 74
        assert "was removed or replaced while it was in use" in daemon.log.read_text()
        daemon.process = None
