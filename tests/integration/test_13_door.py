"""The door against bad manners: frames, routing ids, names, leases, cursors, endpoints. After each the daemon keeps running."""
import json
import os
import pathlib
import random
import re
import shutil
import socket
import threading
import time

import pytest
import zmq

from daemon import Daemon
from door import Door, Fault, Follow, post, rated

VERBS = ["push", "check", "replay", "follow", "credit", "unfollow", "ask", "day", "ping"]


def raw(endpoint, kind=zmq.DEALER, routing_id=None):
    s = zmq.Context.instance().socket(kind)
    s.linger = 0
    if routing_id is not None:
        s.routing_id = routing_id
    s.connect(endpoint)
    return s


def ask(s, *frames, timeout=5000):
    s.send_multipart(frames)
    assert s.poll(timeout), frames
    return s.recv_multipart()


def refusal(s, *frames):
    """(codes, pointers, request id) of an `error` reply."""
    *delimiter, status, rid, body = ask(s, *frames)
    assert status == b"error" and delimiter in ([], [b""]), status
    errors = json.loads(body)
    return [e["code"] for e in errors], [e["pointer"] for e in errors], rid


def serves(daemon):
    with Door(daemon.endpoint) as door:
        assert daemon.alive() and door.request("ping")["protocol"] == 1


# --- routing ids ---

def test_door_automatic_ids_serve_side_by_side(needsd):
    """Sockets without a routing id of their own are given one each, and each hears its own answers. (That nobody can know these
    ids beforehand is test_seed's.)"""
    sockets = [raw(needsd.endpoint) for _ in range(200)]
    for i, s in enumerate(sockets):
        s.send_multipart([b"ping", b"%d" % i, b""])
    for i, s in enumerate(sockets):
        assert s.poll(20000) and s.recv_multipart()[:2] == [b"ok", b"%d" % i]
        s.close()
    serves(needsd)


@pytest.mark.parametrize("routing_id,right", [(None, False), (b"\x01short", False), (b"\x01" + b"x" * 14, False), (b"\x01" + b"x" * 15, True), (b"\0" + b"x" * 20, False),
                                              (b"\xff" * 255, True)])
@pytest.mark.slow
def test_door_follow_needs_an_own_routing_id(needsd, routing_id, right):
    with Door(needsd.endpoint, routing_id=routing_id) as door:
        body = {"since": "start", "credit": 1}
        if right:
            assert set(door.request("follow", body)) == {"cursor", "lease_s", "max_credit"}
        else:
            with pytest.raises(Fault) as fault:
                door.request("follow", body)
            assert fault.value.codes == ["routing-id"]
        assert door.push(post("p-1"))["accepted"] == 1  # any routing id may push
        assert door.request("ping")["protocol"] == 1


@pytest.mark.slow
def test_door_second_of_a_routing_id_takes_nothing_over(needsd):
    door = needsd.door()
    door.day("2026-09-01")
    follow = Follow(needsd.endpoint, since="start")
    thief = raw(needsd.endpoint, routing_id=follow.door.socket.routing_id)
    thief.send_multipart([b"credit", b"f", b'{"add":50}'])
    thief.send_multipart([b"ping", b"1", b""])
    door.settle(door.push_good(post("p-1")))
    count = len(door.publications())
    assert count > 0 and [follow.next() is not None for _ in range(count)] == [True] * count
    assert not thief.poll(300)
    thief.close()
    follow.close()
    serves(needsd)


# --- frames ---

@pytest.mark.slow
def test_door_bad_frames(needsd):
    """Counts 0 to 6, long ids: answered on the id that could be read; 64 bytes are fine."""
    s = raw(needsd.endpoint)
    for frames in ([b"ping"], [b""], [b"", b""], [b"ping", b"1"], [b"", b"ping", b"1"], [b"ping", b"1", b"", b""], [b"a"] * 4, [b"a"] * 5, [b"", *[b"a"] * 5], [b"x"] * 200):
        codes, pointers, rid = refusal(s, *frames)
        assert (codes, pointers) == (["bad-frames"], [""]), frames
    assert refusal(s, b"ping", b"7", b"", b"")[2] == b"7"
    assert refusal(s, b"ping", b"i" * 65, b"")[0] == ["bad-frames"]
    assert ask(s, b"ping", b"i" * 64, b"")[:2] == [b"ok", b"i" * 64]
    assert ask(s, b"ping", b"", b"")[:2] == [b"ok", b""]
    assert ask(s, b"ping", b"\x00\xff", b"{}")[:2] == [b"ok", b"\x00\xff"]
    s.close()
    serves(needsd)


def test_door_req_client(needsd):
    """A REQ socket's empty delimiter is taken and comes back; all verbs but follow."""
    s = raw(needsd.endpoint, zmq.REQ)
    assert ask(s, b"ping", b"1", b"")[:2] == [b"ok", b"1"]
    assert ask(s, b"push", b"2", json.dumps(post("p-1")).encode())[:2] == [b"ok", b"2"]
    assert refusal(s, b"pong", b"3", b"")[0] == ["unknown-verb"]
    assert ask(s, b"replay", b"4", b'{"since":"start"}')[0] == b"ok"
    s.close()


def test_door_unknown_verbs_and_members(needsd):
    s = raw(needsd.endpoint)
    for verb in (b"", b"PING", b"ping ", b"pin", b"pingg", b"\xff\xfe", b"p" * 100000, b"ok", b"ping\0"):
        if verb:
            assert refusal(s, verb, b"v", b"") == (["unknown-verb"], [""], b"v"), verb[:20]
    for verb, body in (("ping", {}), ("replay", {"since": "start"}), ("ask", {"question": "health"}), ("day", {"date": "2026-09-01"})):
        assert refusal(s, verb.encode(), b"m", json.dumps({**body, "colour": 1, "a/b~": 2}).encode()) == (["unknown-member"] * 2, ["/colour", "/a~1b~0"], b"m"), verb
    for verb in ("replay", "follow", "ask", "day", "ping"):
        for body, code in ((b"[]", "wrong-type"), (b"3", "wrong-type"), (b"{", "not-json"), (b'{"a":"\xff"}', "not-json"), (b'{"a":1,"a":2}', "not-json"), (b" " * 70000 + b"{}", "too-large")):
            assert refusal(s, verb.encode(), b"b", body)[0] == [code], (verb, body[:20])
    cases = [("replay", {}, "missing", "/since"), ("replay", {"since": 3}, "wrong-type", "/since"), ("replay", {"since": "start", "limit": 0}, "out-of-range", "/limit"),
             ("replay", {"since": "start", "limit": 1001}, "out-of-range", "/limit"), ("replay", {"since": "start", "limit": 1.5}, "wrong-type", "/limit"),
             ("replay", {"since": "standing"}, "out-of-range", "/since"), ("replay", {"since": "start", "topics": ["*"]}, "out-of-range", "/topics/0"),
             ("replay", {"since": "start", "topics": ["888", "888//x"]}, "out-of-range", "/topics/1"), ("replay", {"since": "start", "topics": "888"}, "wrong-type", "/topics"),
             ("replay", {"since": "start", "topics": ["a/b/c/d/e"]}, "out-of-range", "/topics/0"), ("replay", {"since": "start", "topics": [3]}, "wrong-type", "/topics/0"),
             ("ask", {}, "missing", "/question"), ("ask", {"question": "weather"}, "unknown-question", "/question"),
             ("ask", {"question": "person", "authority": "888", "school": "8889901"}, "missing", "/person"),
             ("ask", {"question": "settled", "position": "zz"}, "out-of-range", "/position"), ("day", {}, "missing", "/date"),
             ("day", {"date": "2026-02-30"}, "out-of-range", "/date"), ("day", {"date": 3}, "wrong-type", "/date")]
    for verb, body, code, pointer in cases:
        assert refusal(s, verb.encode(), b"c", json.dumps(body).encode())[:2] == ([code], [pointer]), (verb, body)
    door = needsd.door()
    door.day("2026-09-01")
    assert door.request("ping")["day"] == "2026-09-01"
    door.day("2026-09-01")
    assert refusal(s, b"day", b"d", b'{"date":"2026-08-31"}')[:2] == (["out-of-range"], ["/date"])
    assert refusal(s, b"ask", b"n", json.dumps({"question": "person", "authority": "888", "school": "1", "person": "nobody"}).encode())[0] == ["not-found"]
    s.close()


def test_door_day_is_the_clocks():
    with Daemon(day="clock") as daemon:
        door = daemon.door()
        with pytest.raises(Fault) as fault:
            door.day("2030-01-01")
        assert fault.value.codes == ["forbidden"]
        assert door.request("ping")["day"] == time.strftime("%Y-%m-%d", time.gmtime())


def zmtp(daemon, data, seconds):
    """Bytes on the bare socket, and what came back within so many seconds."""
    got, until = b"", time.monotonic() + seconds
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(seconds)
        s.connect(str(daemon.dir / "door"))
        try:
            s.sendall(data[:64])
            while data[:64] == GREETING and len(got) < 64 and (chunk := s.recv(64)):  # libzmq serves nobody who does not wait for all of its own
                got += chunk
            s.sendall(data[64:])
            while b"protocol" not in got and time.monotonic() < until and (chunk := s.recv(65536)):
                got += chunk
        except OSError:
            pass
    return got


GREETING = b"\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL" + b"\0" * 16 + b"\0" + b"\0" * 31
READY = b"\x04\x26\x05READY\x0bSocket-Type\0\0\0\x06DEALER\x08Identity\0\0\0\0"


def test_door_garbage_on_the_wire(needsd):
    """Bytes that are no ZMTP, half a handshake, frames that promise more than they bring: nobody else notices."""
    rng = random.Random(14)
    honest = needsd.door()
    ready = bytes([4, len(READY) - 2]) + READY[2:]
    wires = [b"", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\xff" * 5000, GREETING, GREETING[:20], GREETING + ready[:-5], GREETING + ready + b"\x02" + b"\xff" * 8,
             GREETING + ready + b"\x02" + b"\x7f" + b"\xff" * 7, GREETING + ready + b"\x01\x04ping\x01\x011\x00\x05{", GREETING + ready + b"\x01\x00" * 3000,
             GREETING + ready + b"\x04\x05\x04PING"[:4], GREETING + ready + b"\x01\x04ping\x01\x011\x00\x00"]
    wires += [rng.randbytes(rng.randrange(1, 3000)) for _ in range(60)] + [GREETING + ready + rng.randbytes(rng.randrange(1, 500)) for _ in range(60)]
    threads = [threading.Thread(target=lambda part: [zmtp(needsd, w, 0.05) for w in part], args=(wires[i::12],)) for i in range(12)]
    for t in threads:
        t.start()
    for _ in range(20):
        assert honest.request("ping")["protocol"] == 1
    for t in threads:
        t.join()
    assert b"protocol" in zmtp(needsd, wires[11], 1.0)  # this one is right: the door does speak this way
    serves(needsd)


@pytest.mark.slow
def test_door_random_requests(needsd):
    """Random verbs, ids and bodies over a real socket: each gets exactly one answer on its id (credit none), in the form of the page."""
    rng, s = random.Random(15), raw(needsd.endpoint, routing_id=b"\x02" + os.urandom(20))
    pieces = [b"{", b"}", b"[", b"]", b'"since":', b'"start"', b'"credit":', b'"question":', b'"health"', b'"topics":', b",", b":", b"null", b"1e999", b"\xc3\x28", b'"\\u0000"', b"-1", b'"888"', b" "]
    for n in range(600):
        verb = rng.choice(VERBS).encode() if rng.random() < 0.9 else rng.randbytes(rng.randrange(1, 9))
        body = rng.choice([rng.randbytes(rng.randrange(40)), b"".join(rng.choices(pieces, k=rng.randrange(12))), json.dumps({rng.choice(["since", "credit", "x", "name"]): rng.choice([0, None, "start", [], -5, 2**70])}).encode()])
        s.send_multipart([verb, b"r%d" % n, body])
        while True:
            assert s.poll(5000), (verb, body)
            status, rid, reply = s.recv_multipart()
            if status != b"pub":
                break
        assert status in (b"ok", b"error") and rid == b"r%d" % n and isinstance(json.loads(reply), dict if status == b"ok" else list), (verb, body, reply)
    s.close()
    serves(needsd)


def test_door_huge_message_cuts_only_its_sender(needsd):
    honest, s = needsd.door(), raw(needsd.endpoint)
    s.send_multipart([b"push", b"1", b" " * (1280 * 1024 + 1)])
    assert not s.poll(500)
    s.close()
    honest.timeout = 5
    assert honest.request("ping")["protocol"] == 1
    with pytest.raises(Fault) as fault:
        honest.push(b" " * (1280 * 1024 - 100))
    assert fault.value.codes == ["too-large"]


# --- names, leases, cursors ---

def test_door_taken_over(needsd):
    first = Follow(needsd.endpoint, name="display", since="start")
    second = Follow(needsd.endpoint, name="display", since="start")
    with pytest.raises(Fault) as fault:
        first.next()
    assert fault.value.codes == ["taken-over"]
    first.door.send("credit", {"add": 1}, first.rid)  # it has no session any more
    with pytest.raises(Fault) as fault:
        first.next()
    assert fault.value.codes == ["lease-expired"]
    assert second.next(timeout=0.3) is None
    other = Follow(needsd.endpoint, name="display-2", since="start")
    assert second.next(timeout=0.2) is None and other.next(timeout=0.2) is None
    for follow in (first, second, other):
        follow.close()


@pytest.mark.slow
def test_door_lease():
    """Silence ends a follow and says so; credit add 0, or any message, keeps it; credit and unfollow of none are refused."""
    with Daemon(options={"lease_s": 1}) as daemon:
        silent, alive = Follow(daemon.endpoint, since="start"), Follow(daemon.endpoint, since="start")
        assert silent.ok["lease_s"] == 1
        began, expired = time.monotonic(), None
        while expired is None and time.monotonic() < began + 8:
            assert alive.next(timeout=0.1) is None
            expired = silent.door.receive(0.0)
        assert expired is not None and (expired[0], [e["code"] for e in expired[2]]) == ("error", ["lease-expired"])
        assert time.monotonic() - began > 0.9
        assert alive.next(timeout=1.2) is None
        for verb in ("credit", "unfollow"):
            silent.door.send(verb, {"add": 1} if verb == "credit" else {}, b"f")
            with pytest.raises(Fault) as fault:
                silent.door.wait(b"f")
            assert fault.value.codes == ["lease-expired"]
        assert alive.door.request("ping")["protocol"] == 1
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good(post("p-1")))
        assert alive.next() is not None
        assert silent.door.receive(0.2) is None
        alive.door.send("unfollow", {}, b"f")
        while (answer := alive.door.receive())[0] == "pub":
            pass
        assert answer == ("ok", b"f", {})


def test_door_follow_is_refused_by_place(needsd):
    door = Door(needsd.endpoint, routing_id=b"\x01" + os.urandom(16))
    cases = [({"since": "start"}, "missing", "/credit"), ({"credit": 1}, "missing", "/since"), ({"since": "start", "credit": -1}, "out-of-range", "/credit"),
             ({"since": "start", "credit": "1"}, "wrong-type", "/credit"), ({"since": "start", "credit": 1, "name": "a b"}, "out-of-range", "/name"),
             ({"since": "start", "credit": 1, "name": "n" * 65}, "out-of-range", "/name"), ({"since": "nonsense", "credit": 1}, "out-of-range", "/since"),
             ({"since": "start", "credit": 1, "x": 1}, "unknown-member", "/x"), ({"since": "start", "credit": 1, "topics": ["#"]}, "out-of-range", "/topics/0")]
    for body, code, pointer in cases:
        with pytest.raises(Fault) as fault:
            door.request("follow", body)
        assert [(e["code"], e["pointer"]) for e in fault.value.errors] == [(code, pointer)], body
    door.close()


@pytest.mark.parametrize("verb,more,says", [
    ("follow", {"since": "yesterday"}, 'since is "start", "now", "standing" or a cursor of this daemon, exactly as it came'),
    ("replay", {"since": "yesterday"}, 'since is "start", "now" or a cursor of this daemon, exactly as it came; "standing" is for follow'),
    ("follow", {"since": "start", "credit": -1}, "credit is a whole number, at least 0"),
    ("replay", {"since": "start", "limit": 1001}, "limit is a whole number from 1 to 1000"),
    ("follow", {"since": "start", "topics": []}, "topics is a list of 1 to 256 items; this has 0"),
    ("follow", {"name": "n" * 65}, "name is text of 1 to 64 bytes; this has 65"),
    ("follow", {"name": "a b"}, "a name is 1 to 64 of A-Z a-z 0-9 . _ -"),
    ("follow", {}, 'follow needs a place to begin: since, "start", "now", "standing" or a cursor; or name; or from, a cursor'),
    ("follow", {"since": "start", "topics": ["777/1"]}, "this daemon has no authority '777'"),
])
@pytest.mark.slow
def test_door_says_what_would_be_right(needsd, verb, more, says):
    with Door(needsd.endpoint, routing_id=b"\x01" + os.urandom(16)) as door:
        with pytest.raises(Fault) as fault:
            door.request(verb, {**({"credit": 1} if verb == "follow" else {}), **more})
        assert [e["message"] for e in fault.value.errors] == [says]


def test_door_says_of_levels_and_times_what_the_reader_can_use(needsd):
    door = needsd.door()
    door.day("2026-09-01")
    level = door.request("check", rated("p-1", {"STL3": 9}))["results"][0]["errors"]
    assert [(e["pointer"], e["message"]) for e in level] == [
        ("/data/ratings/0/level", "this must be a whole number on its framework's scale of levels, 0 or more and 7 at most")]
    level = door.request("check", rated("p-1", {"STL3": 5}))["results"][0]["errors"]
    assert [e["message"] for e in level] == ["the levels of framework STL are 0 to 4"]
    late, = door.request("check", rated("p-1", {"STL3": 1}, time="2099-01-01T00:00:00Z"))["results"][0]["errors"]
    assert re.search(r"must not be later than \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ,", late["message"]), late


def test_door_errors_page_is_right_about_attributes(needsd):
    """What docs/errors.md says of which code an attribute gets."""
    door, cloud = needsd.door(), ("specversion", "id", "source", "type")
    for name in (*cloud, "time", "authority", "school", "subject", "data"):
        for value, code in ((None, "wrong-type" if name == "data" else "missing"), (3, "wrong-type"), ("", "wrong-type" if name == "data" else "out-of-range"), ("gone", "missing")):
            e = {**post("p-1"), name: value}
            if value == "gone":
                del e[name]
            said = {(f["code"], f["pointer"]) for f in door.request("check", e)["results"][0]["errors"]}
            assert ("not-cloudevent" if name in cloud else code, f"/{name}") in said, (name, value, said)
    assert door.request("check", {**post("p-1"), "type": "needs.x.v1"})["results"][0]["errors"][0]["code"] == "unknown-type"
    assert door.request("check", [3])["results"][0]["errors"][0]["code"] == "not-cloudevent"
    assert door.request("check", {**post("p-1"), "colour": 1})["results"][0]["errors"][0]["code"] == "unknown-member"
    assert door.request("check", {**post("p-1"), "tracestate": "a=b", "traceparent": "x"})["accepted"] == 1


def test_door_settled_tells_one_position_in_other_words(needsd):
    """Tokens are opaque: one position, another text each time; each is good."""
    door = needsd.door()
    position = door.day("2026-09-01")
    texts = {position, *(door.ask("settled", position=position)["position"] for _ in range(3))}
    assert len(texts) == 4 and all(door.ask("settled", position=t)["settled"] for t in texts)


def code_of(call, *args):
    with pytest.raises(Fault) as fault:
        call(*args)
    return [(e["code"], e["pointer"]) for e in fault.value.errors]


def drain(follow):
    while follow.next() is not None:
        pass


def test_door_cursors():
    """Garbage and another daemon's cursor cannot be read; one from a future that a restored backup has not seen is cursor-expired."""
    with Daemon() as other:
        foreign = other.door().request("replay", {"since": "start"})["cursor"]
    with Daemon() as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good(post("p-1")))
        page = door.request("replay", {"since": "start", "limit": 2})
        cursor = page["cursor"]
        assert page["more"] and len(page["publications"]) == 2
        position = door.push_good(post("p-9", role="CTKR", id="p9"))
        bad = [foreign, "x", "start ", "Start", cursor[:-1], cursor + "A", cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB"), cursor[::-1], "é" * 20, "A" * 64, position]
        for c in bad:
            assert code_of(door.request, "replay", {"since": c}) == [("out-of-range", "/since")], c
        follow = Follow(daemon.endpoint, since=cursor, name="keeper")  # valid with any filter and socket
        assert follow.next() is not None
        for c in bad:
            follow.door.send("credit", {"add": 0, "cursor": c}, b"f")
            assert code_of(drain, follow) == [("out-of-range", "/cursor")], c
        follow.close()
        daemon.stop()
        shutil.copytree(daemon.data, daemon.dir / "backup")
        daemon.start()
        door = daemon.door()
        door.settle(door.push_good([post(f"p-{n}") for n in range(2, 6)]))
        future = door.request("replay", {"since": "start", "limit": 1000})["cursor"]
        follow = Follow(daemon.endpoint, name="keeper")
        while follow.next(timeout=0.5) is not None:
            follow.acknowledge()
        follow.acknowledge()
        follow.door.request("ping")
        follow.close()
        daemon.stop()
        shutil.rmtree(daemon.data)
        shutil.copytree(daemon.dir / "backup", daemon.data)
        daemon.start()
        door = daemon.door()
        assert door.request("replay", {"since": cursor})["publications"]
        assert code_of(door.request, "replay", {"since": future}) == [("cursor-expired", "/since")]
        with pytest.raises(Fault) as fault:
            Follow(daemon.endpoint, since=future)
        assert fault.value.codes == ["cursor-expired"]
        resumed = Follow(daemon.endpoint, name="keeper")  # its place is what this backup holds
        assert resumed.next(timeout=0.5) is not None
        resumed.close()


# --- endpoints ---

@pytest.mark.parametrize("endpoint,reason", [("tcp://127.0.0.1:5999", b"tcp"), ("tcp://*:5999", b"tcp"), ("ipc://@abstract", b"ipc:///"), ("inproc://x", b"ipc:///"),
                                             ("ipc:///" + "long/" * 30 + "door", b"100")])
def test_door_endpoints_refused_at_start(endpoint, reason):
    """No socket that anybody on the network could open without a key; the reason is logged, with the line, and nothing runs."""
    daemon = Daemon(options={"listen": endpoint})
    try:
        daemon.start(wait=False)
        assert daemon.process.wait(20) not in (0, None)
        said = daemon.new_log()
        assert reason in said.encode() and "ready" not in said.split("\n"), said
        assert "Traceback" not in said and len(said.strip().splitlines()) <= 4, said
    finally:
        if daemon.process.poll() is None:
            daemon.process.kill()
        shutil.rmtree(daemon.dir)


def test_door_two_daemons_at_one_place(needsd):
    """Neither the door nor the data directory is shared; the first keeps running."""
    for more in ({"listen": needsd.endpoint}, {"data": needsd.data}):
        second = Daemon(options=more)
        second.start(wait=False)
        assert second.process.wait(20) not in (0, None)
        assert second.new_log().strip(), "it says nothing"
        shutil.rmtree(second.dir)
        serves(needsd)


def test_door_leaves_another_ones_socket_alone(needsd):
    """A file that is no longer ours is not removed at the end; one that is, is."""
    path = pathlib.Path(needsd.endpoint.removeprefix("ipc://"))
    path.unlink()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        theirs = path.stat()
        assert needsd.stop() == 0
        assert path.stat() == theirs
    needsd.start()  # nobody listens there any more
    serves(needsd)
    assert path.stat().st_ctime_ns != theirs.st_ctime_ns and path.stat().st_mode & 0o777 == 0o660
    assert needsd.stop() == 0
    assert not path.exists()


@pytest.mark.parametrize("kind", ["file", "directory", "link"])
def test_door_never_replaces_what_is_no_socket(kind):
    daemon = Daemon()
    path = daemon.dir / "door"
    if kind == "file":
        path.write_text("of somebody else")
    elif kind == "directory":
        path.mkdir()
    else:
        path.symlink_to(daemon.dir / "log")
    daemon.start(wait=False)
    assert daemon.process.wait(30) == 74
    assert "not a socket" in daemon.new_log(), daemon.new_log()
    assert path.is_symlink() if kind == "link" else path.is_dir() if kind == "directory" else path.read_text() == "of somebody else"
    shutil.rmtree(daemon.dir)


def test_door_is_not_taken_from_one_that_does_not_answer(needsd):
    """A process that listens and is too busy to accept is alive."""
    other = Daemon()
    path = str(other.dir / "door")
    with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as first, socket.socket(socket.AF_UNIX) as second:
        busy.bind(path)
        busy.listen(0)
        for s in (first, second):
            s.setblocking(False)
            s.connect_ex(path)
        other.start(wait=False)
        assert other.process.wait(30) == 75
        assert "another process listens there already" in other.new_log()
        assert os.path.exists(path)
    shutil.rmtree(other.dir)
