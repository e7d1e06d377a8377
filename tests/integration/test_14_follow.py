"""Follow: every publication in order, from history into live, at the follower's own pace, across restarts."""
import collections
import datetime
import random
import threading
import time

import pytest

from daemon import Daemon
from door import Door, Fault, Follow, post, rated

pytestmark = pytest.mark.slow

SCHOOLS = [("888", "8889901"), ("888", "8889902"), ("889", "8899901")]
ROLES = ["TASS", "LSEN", "MIDS", "CTKR", "HLTA"]


def two():
    return Daemon(authorities={"888": {"name": "One"}, "889": {"name": "Two"}})


def people(count, start=0):
    """Posts spread over the schools; each makes several publications."""
    return [post(f"p-{n:04}", role=ROLES[n % 5], authority=SCHOOLS[n % 3][0], school=SCHOOLS[n % 3][1], source="follow") for n in range(start, start + count)]


def ratings(count, level, start=0):
    return [rated(f"p-{n:04}", {"STL3": level, "STL18": level}, authority=SCHOOLS[n % 3][0], school=SCHOOLS[n % 3][1], source="follow", by=f"x-{level}", evidence="observer")
            for n in range(start, start + count)]


def key(p):
    return p["authority"], p["school"], p["sequence"]


def without_holes(publications):
    """Every school counts 1, 2, 3 ... in this order."""
    numbers = collections.defaultdict(list)
    for p in publications:
        numbers[p["authority"], p["school"]].append(p["sequence"])
    return all(found == [f"{n:012}" for n in range(1, len(found) + 1)] for found in numbers.values()) and numbers


def read(follow, count):
    """So many publications, however long they take, and then a moment in which no other may come."""
    out = []
    while len(out) < count and (p := follow.next(timeout=15)) is not None:
        out.append(p)
    more = follow.next(timeout=0.15)
    return out if more is None else [*out, more]


@pytest.fixture
def filled():
    """Two authorities, three schools, some history."""
    with two() as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good(people(60)))
        yield daemon


def test_follow_history_into_live_without_a_seam():
    """Followers of every start, while pushes go on: each has each publication once, in one order, the same as replay."""
    with two() as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good(people(30)))
        failures, got = [], {}
        done = threading.Event()

        def pusher():
            try:
                with Door(daemon.endpoint) as d:
                    for n in range(12):
                        d.push_good(people(15, 30 + 15 * n) + ratings(30, n % 4, 10 * n))
                    d.settle()
            except Exception as e:
                failures.append(e)
            done.set()

        def follower(name, delay, credit, topics):
            try:
                time.sleep(delay)
                more = {"topics": topics} if topics else {}
                follow, out = Follow(daemon.endpoint, credit=credit, since="start", **more), []
                while True:
                    ended = done.is_set()
                    p = follow.next(timeout=1.0)
                    if p is None and ended:
                        break
                    if p is not None:
                        out.append(p)
                got[name] = out
                follow.close()
            except Exception as e:
                failures.append(e)

        threads = [threading.Thread(target=pusher)]
        threads += [threading.Thread(target=follower, args=(f"f{n}", 0.08 * n, [1, 2, 7, 64, 50][n % 5], None)) for n in range(6)]
        threads.append(threading.Thread(target=follower, args=("one school", 0.1, 10, ["888/8889902"])))
        for t in threads:
            t.start()
        for t in threads:
            t.join(60)
        assert failures == [] and len(got) == 7
        told = door.publications()
        assert len(told) > 300 and len(without_holes(told)) == 3
        for n in range(6):
            assert got[f"f{n}"] == told, f"f{n}: {len(got[f'f{n}'])} of {len(told)}"
        assert got["one school"] == [p for p in told if p["school"] == "8889902"]


def test_follow_credit_is_kept(filled):
    """Never more than was allowed, cut to max_credit, added up by credit; bare cursors cost none."""
    total = len(filled.door().publications())
    assert total > 150

    def exactly(door, count, moment=0.15):
        n = 0
        while (got := door.receive(15 if n < count else moment)) is not None:
            assert got[0] == "pub", got
            n += "publication" in got[2]
        return n == count

    for credit, expected in ((0, 0), (1, 1), (7, 7), (64, 64), (10**6, 64)):
        follow = Follow(filled.endpoint, credit=credit, since="start")
        assert follow.ok["max_credit"] == 64
        assert exactly(follow.door, expected)
        follow.door.send("credit", {"add": 3}, follow.rid)
        assert exactly(follow.door, 3)
        follow.door.send("credit", {"add": 0}, follow.rid)
        assert exactly(follow.door, 0)
        follow.door.send("credit", {"add": 10**12}, follow.rid)
        assert exactly(follow.door, 64)
        follow.close()
    narrow = Follow(filled.endpoint, credit=0, since="start", topics=["888/nowhere"])
    assert exactly(narrow.door, 0, 1.2)
    assert narrow.cursor is not None
    narrow.close()


def test_follow_bare_cursors(filled):
    """A filter that lets nothing through still moves on: the cursor that comes passes all that there is."""
    follow = Follow(filled.endpoint, credit=5, since="start", topics=["888/nowhere"])
    first, seen = follow.cursor, None
    until = time.monotonic() + 6
    while seen is None and time.monotonic() < until:
        got = follow.door.receive(1.0)
        if got is not None:
            assert got[0] == "pub" and set(got[2]) == {"cursor"}
            seen = got[2]["cursor"]
    assert seen not in (None, first)
    assert filled.door().request("replay", {"since": seen})["publications"] == []
    follow.close()


def test_follow_slow_one_disturbs_nobody(filled):
    """A follower with full credit that never reads, many of them: a quick one and the pushes go on."""
    door = filled.door()
    slow = []
    for _ in range(20):
        d = Door(filled.endpoint, routing_id=b"\x05" + random.randbytes(20))
        d.socket.rcvhwm = 1
        for n in range(16):
            d.send("follow", {"credit": 64, "since": "start"}, b"s%d" % n)
        slow.append(d)
    quick = Follow(filled.endpoint, since="start")
    before = door.publications()
    assert read(quick, len(before)) == before
    door.settle(door.push_good(people(30, 100) + ratings(60, 1)))
    told = door.publications()
    assert read(quick, len(told) - len(before)) == told[len(before):] and without_holes(told)
    assert door.request("ping", timeout=2)["protocol"] == 1
    for d in slow:
        d.close()
    quick.close()


def test_follow_resumes_by_cursor(filled):
    """From each publication's own cursor exactly what comes after it, over any socket, with any filter, by follow and by replay."""
    told = filled.door().publications()
    door = Door(filled.endpoint, routing_id=b"\x01" + random.randbytes(16))
    door.send("follow", {"credit": 64, "since": "start"}, b"f")
    assert "lease_s" in door.wait(b"f")
    cursors = []
    for _ in range(64):
        status, _, body = door.receive()
        assert status == "pub" and body["publication"] == told[len(cursors)]
        cursors.append(body["cursor"])
    for n in (0, 1, 31, 63):
        follow = Follow(filled.endpoint, since=cursors[n])
        assert read(follow, len(told) - n - 1) == told[n + 1:]
        follow.close()
        assert door.publications(since=cursors[n]) == told[n + 1:]
        assert door.publications(["889"], since=cursors[n]) == [p for p in told[n + 1:] if p["authority"] == "889"]
    assert door.publications(since="now") == []
    filled.stop()
    filled.start()
    follow = Follow(filled.endpoint, since=cursors[10])
    assert read(follow, len(told) - 11) == told[11:]
    follow.close()
    door.close()


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_follow_named_resumes_after_a_restart(filled, how):
    """What was acknowledged does not come again after an orderly stop; what was not does; nothing is left out."""
    told = filled.door().publications()
    follow = Follow(filled.endpoint, credit=20, name="display", since="start")
    first = [follow.next(acknowledge=False) for _ in range(12)]
    assert first == told[:12]
    follow.acknowledge()
    beyond = [follow.next(acknowledge=False) for _ in range(5)]  # seen, not acknowledged
    assert beyond == told[12:17]
    follow.door.send("ping", {}, b"p")  # the acknowledgement before it has been read
    while follow.door.receive()[1] != b"p":
        pass
    filled.door().push_good(people(1, 900))  # and a commit has come by
    follow.close()
    if how == "stop":
        filled.stop()
    else:
        filled.kill()
    filled.start()
    door = filled.door()
    door.settle()
    told = door.publications()
    again = Follow(filled.endpoint, name="display", since="now")  # since counts only while the name is new
    assert read(again, len(told) - 12) == told[12:]
    again.acknowledge()
    again.door.request("ping")
    again.close()
    other = Follow(filled.endpoint, name="display-new", since="now")
    assert read(other, 0) == []
    other.close()
    again = Follow(filled.endpoint, name="display")
    assert read(again, 0) == []
    again.close()


def standing(publications):
    """The last issued or changed publication of each recommendation, of persons and of schools, that was not withdrawn since."""
    def of(p):
        return p["authority"], p["school"], p.get("subject"), p["data"].get("recommendation"), p["data"].get("cohort")
    advice = [p for p in publications if p["type"].startswith(("needs.recommendation.", "needs.cohort."))]
    last = {of(p): p for p in advice}
    return [p for p in advice if "withdrawn" not in p["type"] and last[of(p)] is p]


def test_follow_from_counts_before_the_name(filled):
    """The client's own store says where it is: before `since`, before what the name remembers, forth and back, and the name moves along."""
    told = filled.door().publications()
    follow = Follow(filled.endpoint, name="own", since="start", credit=50)
    pairs = []
    for _ in range(30):
        p = follow.next(acknowledge=False)
        pairs.append((follow.cursor, p))
    follow.close()  # nothing was acknowledged: the name is still at the start
    ahead = Follow(filled.endpoint, name="own", since="start", **{"from": pairs[19][0]})
    assert [ahead.next(acknowledge=False) for _ in range(5)] == told[20:25]
    ahead.close()
    filled.kill()  # the move was on disk before it was answered
    filled.start()
    by_name = Follow(filled.endpoint, name="own")
    assert by_name.next(acknowledge=False) == told[20]
    by_name.close()
    back = Follow(filled.endpoint, name="own", **{"from": pairs[4][0]})
    assert back.next(acknowledge=False) == told[5]
    back.close()
    by_name = Follow(filled.endpoint, name="own")
    assert by_name.next(acknowledge=False) == told[5]
    by_name.close()
    alone = Follow(filled.endpoint, **{"from": pairs[9][0]})
    assert alone.next(acknowledge=False) == told[10]
    alone.close()
    with pytest.raises(Fault) as fault:
        Follow(filled.endpoint, name="own", **{"from": "nonsense"})
    assert fault.value.codes == ["out-of-range"] and fault.value.errors[0]["pointer"] == "/from"


def test_follow_standing_then_live(filled):
    door = filled.door()
    door.settle(door.push_good(ratings(30, 1)))
    door.settle(door.push_good(ratings(30, 3)))
    told = door.publications()
    expected = standing(told)
    assert 50 < len(expected) < len(told)
    for topics in (None, ["889"], ["888/8889901/p-0000"], ["888/8889901", "889/8899901/p-0005/"]):
        follow = Follow(filled.endpoint, since="standing", **({"topics": topics} if topics else {}))
        wanted = [p for p in expected if topics is None or any(f"{p['authority']}/{p['school']}/{p.get('subject', '-')}/".startswith(t.rstrip("/") + "/") for t in topics)]
        assert read(follow, len(wanted)) == wanted, topics
        follow.close()
    follow = Follow(filled.endpoint, since="standing", credit=5)  # live goes on behind it
    head = [follow.next() for _ in range(5)]
    door.settle(door.push_good(people(5, 200)))
    live = door.publications()[len(told):]
    assert live and head + read(follow, len(expected + live) - 5) == expected + live
    middle = Follow(filled.endpoint, since="standing", credit=64)
    some = [middle.next(acknowledge=False) for _ in range(10)]
    resumed = Follow(filled.endpoint, since=middle.cursor)  # a cursor in the midst of the standing part
    expected = standing(told + live)
    assert some + read(resumed, len(expected) - 10) == expected
    for f in (follow, middle, resumed):
        f.close()


def test_follow_topics_are_whole_segments(filled):
    door = filled.door()
    door.push_good([post("p-1", source="x"), post("p-10", source="x"), post("p-1.0", source="x")])
    door.settle()
    told = door.publications()
    every = {"888": lambda p: p["authority"] == "888", "888/8889901/p-1": lambda p: p["authority"] == "888" and p.get("subject") == "p-1",
             "888/8889901/p-1/": lambda p: p.get("subject") == "p-1", "888/8889901/p-1/recommendation.issued": lambda p: p.get("subject") == "p-1" and "issued" in p["type"],
             "888/8889901/p-1/recommendation": lambda p: False, "889/8889901": lambda p: False, "888/888990": lambda p: False}
    for topic, wanted in every.items():
        expected = [p for p in told if wanted(p)]
        assert door.publications([topic]) == expected, topic
        follow = Follow(filled.endpoint, since="start", topics=[topic])
        assert read(follow, len(expected)) == expected, topic
        follow.close()
    with pytest.raises(Fault) as fault:
        door.publications(["88"])
    assert fault.value.codes == ["unknown-authority"]
    assert any(p.get("subject") == "p-10" for p in told) and len(door.publications(["888/8889901/p-1"])) > 0
    assert door.publications(["888", "888/8889901", "889"]) == told  # overlapping topics: once each


def test_follow_replay_pages(filled):
    """Pages of any size, and while pushes go on between them, make the same as one follow."""
    door = filled.door()
    told = door.publications()
    for limit in (1, 7, 1000):
        out, since, pages = [], "start", 0
        while True:
            page = door.request("replay", {"since": since, "limit": limit})
            assert len(page["publications"]) <= limit
            out, since, pages = out + page["publications"], page["cursor"], pages + 1
            if not page["more"]:
                break
        assert out == told and pages >= len(told) / limit
    assert len(door.request("replay", {"since": "start"})["publications"]) == 100
    out, since = [], "start"
    for n in range(40):
        page = door.request("replay", {"since": since, "limit": 11})
        out, since = out + page["publications"], page["cursor"]
        if n < 10:
            door.push_good(people(3, 300 + 3 * n))
    door.settle()
    out += door.publications(since=since)
    assert out == door.publications() and without_holes(out)


def test_follow_several_on_one_socket(filled):
    """Different request ids are different follows; the same id again begins anew; unfollow ends the one it names."""
    told = filled.door().publications()
    door = Door(filled.endpoint, routing_id=b"\x01" + random.randbytes(16))
    for rid, topics in ((b"a", ["888"]), (b"b", ["889"])):
        door.send("follow", {"credit": 64, "since": "start", "topics": topics}, rid)
    got = {b"a": [], b"b": []}
    wanted = {b"a": [p for p in told if p["authority"] == "888"][:64], b"b": [p for p in told if p["authority"] == "889"][:64]}
    while (reply := door.receive(15 if got != wanted else 0.15)) is not None:
        if "publication" in reply[2]:
            got[reply[1]].append(reply[2]["publication"])
    assert got == wanted
    door.send("unfollow", {}, b"a")
    assert door.wait(b"a") == {}
    door.send("follow", {"credit": 2, "since": "start", "topics": ["889"]}, b"b")
    assert "lease_s" in door.wait(b"b")
    again = [door.receive(1.0)[2]["publication"] for _ in range(2)]
    assert again == got[b"b"][:2] and door.receive(0.3) is None
    door.send("follow", {"credit": 2, "since": "nonsense"}, b"b")  # refused: what was there under this id goes on
    with pytest.raises(Fault):
        door.wait(b"b")
    door.send("credit", {"add": 1}, b"b")
    assert door.receive(1.0)[2]["publication"] == got[b"b"][2]
    door.send("credit", {"add": 1}, b"a")
    with pytest.raises(Fault) as fault:
        door.wait(b"a")
    assert fault.value.codes == ["lease-expired"]
    door.close()


def test_follow_sequences_across_a_kill(filled):
    """A kill while pushes are on the way leaves no hole and no double number."""
    told = filled.door().publications()
    door = Door(filled.endpoint)
    for n in range(6):
        door.send("push", people(20, 400 + 20 * n))
    time.sleep(0.05)
    filled.kill()
    door.close()
    filled.start()
    door = filled.door()
    for n in range(6):
        door.push(people(20, 400 + 20 * n))
    door.settle()
    now = door.publications()
    assert now[:len(told)] == told and len(now) > len(told)
    assert len(without_holes(now)) == 3 and len({key(p) for p in now}) == len(now)
    follow = Follow(filled.endpoint, since="start")
    assert read(follow, len(now)) == now
    follow.close()


def forget(follow):
    follow.door.send("unfollow", {"forget": True}, b"f")
    while "cursor" in (answer := follow.door.wait(b"f")):  # what was on its way
        pass
    return answer


def test_follow_a_name_is_forgotten(filled):
    """A known name says so, and `since` does not count; a forgotten one is new again, also after a kill."""
    door = filled.door()
    told = door.publications()
    first = Follow(filled.endpoint, name="trial", since="start", credit=4)
    assert first.ok["resumed"] is False
    assert [first.next() for _ in range(2)] == told[:2]  # which acknowledges them
    other = Follow(filled.endpoint, name="other", since="now")
    door.ask("health")
    again = Follow(filled.endpoint, name="trial", since="now")
    assert again.ok["resumed"] is True and again.next() == told[2]
    assert forget(again) == {}
    filled.kill()
    filled.start()
    new = Follow(filled.endpoint, name="trial", since="now")
    assert new.ok["resumed"] is False and new.next(timeout=0.3) is None
    assert Follow(filled.endpoint, name="other").ok["resumed"] is True
    nameless = Follow(filled.endpoint, since="now")
    assert "resumed" not in nameless.ok
    with pytest.raises(Fault) as fault:
        forget(nameless)
    assert fault.value.codes == ["out-of-range"] and fault.value.errors[0]["pointer"] == "/forget"
    nameless.door.send("unfollow", {"forget": 1}, b"f")
    with pytest.raises(Fault) as fault:
        nameless.door.wait(b"f")
    assert fault.value.codes == ["wrong-type"]
    other.close()


@pytest.mark.parametrize("since", ["now", "standing"])
def test_follow_a_name_forgotten_and_followed_at_once(filled, since):
    """In the same breath: both go to the disk in this order, so that the new place is what a restart finds."""
    first = Follow(filled.endpoint, name="trial", since="start", credit=4)
    first.next()
    door = Door(filled.endpoint, routing_id=b"\x01" + random.randbytes(16))
    for turn in range(20):
        door.send("follow", {"name": "trial", "credit": 0}, b"a%d" % turn)
        assert door.wait(b"a%d" % turn)["resumed"] is True
        door.send("unfollow", {"forget": True}, b"a%d" % turn)
        door.send("follow", {"name": "trial", "credit": 0, "since": since}, b"b%d" % turn)
        assert door.wait(b"a%d" % turn) == {} and door.wait(b"b%d" % turn)["resumed"] is False
    filled.kill()
    filled.start()
    after = Follow(filled.endpoint, name="trial", credit=1)
    assert after.ok["resumed"] is True
    assert (after.next(timeout=1) is None) == (since == "now")


def test_follow_names_unused_for_long_expire(tmp_path):
    """After `names_keep` days a name that nobody uses is forgotten and logged; not a day earlier. A client that comes back is answered that it was not resumed."""
    with Daemon(tmp_path, options={"names_keep": 30}) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good([post("p-1"), rated("p-1", {"STL19": 0})]))
        for name in ("gone", "used"):
            follow = Follow(daemon.endpoint, name=name, since="start")
            assert follow.ok["resumed"] is False
            follow.close()
        door.day("2026-10-01")
        assert daemon.stop() == 0
        daemon.start()
        assert "nobody used is forgotten" not in daemon.new_log()
        holder = Follow(daemon.endpoint, name="used")
        assert holder.ok["resumed"] is True
        holder.close()
        door.day("2026-10-02")
        assert daemon.stop() == 0
        daemon.start()
        told = [line for line in daemon.new_log().splitlines() if "nobody used is forgotten" in line]
        assert sorted(line.split("name=")[1].split()[0] for line in told) == ["gone"], told
        again = Follow(daemon.endpoint, name="gone")
        assert again.ok["resumed"] is False and again.next() is not None  # from the start, since it said no other place
        again.close()
