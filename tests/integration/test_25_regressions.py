"""What a reading of the code found once: each of these went wrong, and must not again."""
import os
import shutil
import signal
import subprocess
import time

import pytest

from advice import about, answering, by_id, log_of, reload, rule, wait_for, write_rules
from daemon import Daemon
from door import Door, Fault, Follow, event, post, rated

SCHOOL = "8889901"
BURN = "for i = 1, 230000 do end "  # just under half of a rule's budget


def daemon_of(tmp_path, rules, **options):
    """A daemon of one authority with these rules alone."""
    return Daemon(authorities={"888": {"rules": write_rules(tmp_path / "rules", rules, replace=True)}}, options=options)


def respond(subject, recommendation, response, date, time="15:00:00", **more):
    return event("response.recorded", {"recommendation": recommendation, "date": date, "response": response, "by": "person", **more}, subject,
                 time=f"{date}T{time}Z")


def verified(door):
    answer = door.ask("verify", timeout=60)
    assert answer["ok"], answer
    return answer


# --- the day ---

def test_regression_a_day_does_not_settle_what_was_made_for_the_last(tmp_path):
    """Everybody has a stand that would last for years; then a rating that ends today is looked at while the day moves."""
    crowd = [f"p-{i:02}" for i in range(40)]
    rules = {"burn": rule("burn", when=f"{BURN} return false", competences='"STL3"'), "coach": rule("coach", recommend="return coaching {}", competences='"STL3"')}
    with daemon_of(tmp_path, rules) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good([e for p in crowd for e in (post(p), rated(p, {"STL3": 2}, date="2026-08-01"))]))
        door.push_good([rated(p, {"STL3": 1}, date="2026-08-01", time="2026-08-02T12:00:00Z", expires="2026-09-01") for p in crowd])
        wait_for(lambda: door.ask("health")["in_flight"] > 10, what="an evaluation in flight")
        door.settle(door.day("2026-09-02"))
        for p in crowd:
            need, = [n for n in door.person(p)["needs"] if n["competence"] == "STL@2007/STL3"]
            assert need["current"] is None and need["lapsed_on"] == "2026-09-01"
            assert by_id(door.person(p)) == {}, p  # these rules are for gaps, and nothing is known now
        assert verified(door)["persons"] == len(crowd)


def test_regression_an_earlier_day_overtaken_in_flight(needsd):
    """Both dates lie after the day when they come; the later one is stored first."""
    door = needsd.door()
    for month in range(1, 7):
        later, earlier = door.send("day", {"date": f"2026-{month:02}-20"}), door.send("day", {"date": f"2026-{month:02}-10"})
        assert door.wait(later)["day"] == f"2026-{month:02}-20"
        with pytest.raises(Fault) as fault:
            door.wait(earlier)
        assert fault.value.codes == ["out-of-range"] and fault.value.errors[0]["pointer"] == "/date"
        assert door.request("ping")["day"] == f"2026-{month:02}-20"


def test_regression_a_start_to_come_brings_induction_on_its_day(needsd):
    """The post was given to somebody before the day they start."""
    door = needsd.door()
    door.day("2026-09-01")
    told = post("p-1", since="2025-09-01", data={"started": "2026-09-10"})
    door.settle(door.push_good([told, rated("p-1", {"STL3": 1})]))

    def origins():
        return {n["from"] for n in door.person("p-1")["needs"] if n["competence"] == "STL@2007/STL3"}

    assert origins() == {"review"}
    door.settle(door.day("2026-09-09"))
    assert origins() == {"review"}
    door.settle(door.day("2026-09-10"))
    assert origins() == {"induction"}
    assert {a["from"] for r in answering(door.person("p-1"), "STL@2007/STL3") for a in r["answers"] if a["competence"] == "STL@2007/STL3"} == {"induction"}
    assert [p["cause"] for p in door.publications(["888/8889901/p-1"])][-1] == "day"
    verified(door)


# --- promises ---

QUALIFY = 'return qualification { id = "STLS2-CERT", not_in_house = "nobody is available in your school now" }'
ELSEWHERE = {"other": rule("other", recommend="return shadowing {}", competences='"STL9"')}


def test_regression_an_accepted_qualification_stands_without_its_rule(tmp_path):
    """What it closes is what its units give; the qualification by itself gives nothing that the catalogue names."""
    with daemon_of(tmp_path, {"q": rule("q", recommend=QUALIFY, needs='"gap"')}) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good([e for p in ("p-1", "p-2") for e in (post(p), rated(p, {"STL1": 1, "STL2": 1, "STL3": 1, "STL4": 1}, date="2026-08-01"))]))
        before = by_id(door.person("p-1"))["qualification.STLS2-CERT"]
        assert len(before["answers"]) >= 3
        door.settle(door.push_good(respond("p-1", "qualification.STLS2-CERT", "accepted", "2026-09-01")))
        write_rules(tmp_path / "rules", ELSEWHERE, replace=True)
        assert reload(daemon)
        door.settle()
        assert "qualification.STLS2-CERT" not in by_id(door.person("p-2"))
        promised = by_id(door.person("p-1"))["qualification.STLS2-CERT"]
        assert promised["answers"] and {a["competence"] for a in promised["answers"]} <= {n["competence"] for n in door.person("p-1")["needs"]}
        assert [b["rule"] for b in promised["because"]] == ["agreed"]
        verified(door)


LOWER = "scope,competence,level\nrole:TASS,STL3,2\n"
TAKEN = "scope,competence,remove\nrole:TASS,STL3,yes\nfamily:learning-support,STL3,yes\n"


@pytest.mark.parametrize("overlay", [LOWER, TAKEN], ids=["lowered", "taken"])
def test_regression_a_promise_stands_when_the_profile_asks_less(tmp_path, overlay):
    """Only facts of the person close it: a rating made since, or one that shows that it is done alone; and leaving."""
    (tmp_path / "catalogue").mkdir()
    rules = write_rules(tmp_path / "rules", {"one": rule("mentor", recommend="return mentoring {}", competences='"STL3"')}, replace=True)
    everybody = ("p-1", "p-2", "p-3", "p-4")
    with Daemon(authorities={"888": {"rules": rules, "catalogue": tmp_path / "catalogue"}}) as daemon:
        door = daemon.door()
        door.day("2026-09-10")
        door.settle(door.push_good([e for p in everybody for e in (post(p), rated(p, {"STL3": 2}, date="2026-08-01"))]))
        assert all("mentoring.STL3" in by_id(door.person(p)) for p in everybody)
        door.settle(door.push_good([respond(p, "mentoring.STL3", "accepted", "2026-09-05") for p in ("p-1", "p-3", "p-4")]))
        (tmp_path / "catalogue" / "profiles.csv").write_text(overlay)
        assert reload(daemon), log_of(daemon)[-1500:]
        door.settle()
        assert by_id(door.person("p-2")) == {}  # nothing was promised
        for p in ("p-1", "p-3", "p-4"):
            stands = by_id(door.person(p))["mentoring.STL3"]
            assert "would not be recommended today" in stands["because"][0]["text"] and stands["answers"] == []
        verified(door)
        # a rating made before the promise, and still with support, closes nothing; one made since does, whatever its level
        door.settle(door.push_good(rated("p-1", {"STL3": 2}, date="2026-09-04", evidence="peer", by="c-1")))
        assert "mentoring.STL3" in by_id(door.person("p-1"))
        door.settle(door.push_good(rated("p-1", {"STL3": 2}, date="2026-09-06", evidence="peer", by="c-1")))
        assert by_id(door.person("p-1")) == {}
        door.settle(door.push_good(rated("p-3", {"STL3": 3}, date="2026-09-02", evidence="observer", by="o-1")))
        assert by_id(door.person("p-3")) == {}
        door.settle(door.push_good(event("person.left", {"date": "2026-09-10", "reason": "left"}, "p-4", time="2026-09-10T10:00:00Z")))
        answer = door.person("p-4")
        assert answer["recommendations"] == [] and answer["needs"] == []
        said = [(p["subject"], p["type"].split(".")[2], p["cause"]) for p in door.publications() if "subject" in p]
        assert [s for s in said if s[1] == "withdrawn"] == [("p-2", "withdrawn", "catalogue"), ("p-1", "withdrawn", "rating"), ("p-3", "withdrawn", "rating"),
                                                            ("p-4", "withdrawn", "left")]
        verified(door)


def test_regression_rounds_of_one_day(needsd):
    """What is dated the day of a completion belongs to the round that it ends, in whichever order it was written down."""
    door = needsd.door()
    door.day("2026-10-01")
    said = [("completed", "2026-09-01", "08:00:00", 0), ("accepted", "2026-09-01", "15:00:00", 0), ("evaluated", "2026-09-01", "16:00:00", 0),
            ("evaluated", "2026-09-10", "08:00:00", 0), ("accepted", "2026-09-15", "08:00:00", 1), ("started", "2026-09-20", "17:00:00", 1),
            ("evaluated", "2026-09-20", "07:00:00", 1), ("completed", "2026-09-20", "09:00:00", 1), ("evaluated", "2026-09-25", "08:00:00", 1),
            ("accepted", "2026-09-26", "08:00:00", 2)]
    events = [post("p-1"), rated("p-1", {"STL3": 1}, date="2026-08-01"), rated("p-1", {"STL3": 2}, date="2026-09-26")]
    door.settle(door.push_good(events + [respond("p-1", "coaching.STL3", word, date, time) for word, date, time, _ in said]))
    answer = door.ask("recommendation", authority="888", school=SCHOOL, person="p-1", recommendation="coaching.STL3")
    got = [(r["response"], r["date"], r["round"]) for r in answer["responses"]]
    assert sorted(got) == sorted((word, date, number) for word, date, _, number in said)
    assert by_id(door.person("p-1"))["coaching.STL3"]["round"] == 2
    verified(door)


# --- fairness ---

@pytest.mark.alone
def test_regression_a_small_authority_is_served_beside_a_large_one(tmp_path):
    """6,000 wait for the slow rules of one; ten of the other are served at once."""
    slow = write_rules(tmp_path / "slow", {"burn": rule("burn", when=f"{BURN} return false", needs='"unrated"', competences='"STL3"')}, replace=True)
    quick = write_rules(tmp_path / "quick", {"coach": rule("coach", recommend="return coaching {}", competences='"STL3"')}, replace=True)
    with Daemon(authorities={"888": {"rules": slow}, "889": {"rules": quick}}) as daemon:
        door = daemon.door()
        door.push_good([post(f"p-{i:04}") for i in range(6000)])
        door.day("2026-09-01")
        few = [f"q-{i}" for i in range(10)]
        door.push_good([e for p in few for e in (post(p, authority="889"), rated(p, {"STL3": 1}, authority="889"))])
        wait_for(lambda: all("coaching.STL3" in by_id(door.person(p, authority="889")) for p in few), timeout=1.0, what="the advice of the small one")
        assert door.ask("health")["due"] > 4500, "the large one was done too soon to tell anything"


def offer(n):
    """The nth of a stream of offers, each of which says something new."""
    data = {"offer": f"O-{n % 7}", "development": "unit.TDA-2.2", "provider": "Tests", "places": 10 + n % 11,
            "sessions": [{"date": "2026-11-02", "start": "13:00", "end": "15:00", "place": "Hall"}], "cost": {"fee": 100, "registration": 0, "materials": 0, "travel": 0}}
    return event("provision.recorded", data, school="-", time=f"2026-09-01T10:{n // 60 % 60:02}:{n % 60:02}Z")


def stream_offers(door, offers, until):
    """An offer for the whole authority every few milliseconds until `until` holds; the health of then."""
    end, sent = time.monotonic() + 15, 0
    while not until(health := door.ask("health")):
        assert time.monotonic() < end, f"{health['due']} wait still, after {health['evaluations']} evaluations"
        for _ in range(5):
            offers.send("push", offer(sent))
            sent += 1
            time.sleep(0.002)
    while (reply := offers.receive(timeout=0.5)) is not None:
        assert reply[0] == "ok" and reply[2]["accepted"] == 1, reply
        sent -= 1
    assert sent == 0
    return health


@pytest.mark.slow
def test_regression_offers_that_no_rule_reads_move_nobody(tmp_path):
    """2,000 people get their advice, and each is looked at once."""
    rules = write_rules(tmp_path / "rules", {"talk": rule("talk", recommend='return finding_out { id = "review" }', needs='"unrated"')}, replace=True)
    with Daemon(authorities={"888": {"rules": rules}}) as daemon:
        door, offers = daemon.door(), daemon.door()
        everybody = 2000
        door.push_good([post(f"p-{i:04}") for i in range(everybody)])
        door.day("2026-09-01")
        health = stream_offers(door, offers, lambda health: health["due"] == 0)
        assert everybody <= health["evaluations"] < everybody * 1.05
        verified(door)


@pytest.mark.slow
def test_regression_offers_keep_nobody_from_being_looked_at(needsd):
    """The shipped rules read what is offered, so that each new offer concerns everybody. All get their advice while the offers go on."""
    door, offers = needsd.door(), needsd.door()
    everybody = 2000
    door.push_good([post(f"p-{i:04}") for i in range(everybody)])
    door.day("2026-09-01")
    stream_offers(door, offers, lambda _: min(p["recommendations"] for p in door.ask("school", authority="888", school="8889901")["persons"]) > 0)
    door.settle()
    verified(door)


@pytest.mark.slow
def test_regression_verify_while_facts_move(needsd):
    """Who moves after it began, and is settled again before it comes to them, is skipped, never a difference."""
    door, other = needsd.door(), needsd.door()
    everybody = [f"p-{i:03}" for i in range(1000)]
    door.day("2026-09-01")
    door.settle(door.push_good([e for p in everybody for e in (post(p), rated(p, {"STL3": 1, "STL4": 1}))]))
    skipped = 0
    for version in range(2, 6):
        rid = door.send("ask", {"question": "verify"})
        for i in range(len(everybody) - 60, len(everybody), 3):  # each once: who moves all the time is never settled
            other.push_good([rated(p, {"STL3": version % 3}, time=f"2026-09-01T12:00:{version:02}Z") for p in everybody[i:i + 3]])
        answer = door.wait(rid, timeout=60)
        assert answer["ok"], answer
        assert answer["persons"] + answer["skipped"] == len(everybody)
        skipped += answer["skipped"]
    assert skipped > 0, "nothing moved while it was looked at"
    door.settle()
    assert verified(door)["skipped"] == 0


# --- the disk ---

@pytest.fixture
def strace():
    """strace(pid, expression): a tracer of a running process, there until it is ended."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    running = []

    def attach(pid, calls, fault):
        tracer = subprocess.Popen(["strace", "-f", "-o", "/dev/null", "-e", f"trace={calls}", "-e", "signal=none", "-e", f"inject={calls}:{fault}", "-p", str(pid)],
                                  stderr=subprocess.PIPE, text=True)
        running.append(tracer)
        if "attached" not in (first := tracer.stderr.readline()):
            pytest.skip(f"strace may not trace here: {first.strip()}")
        return tracer

    yield attach
    for tracer in running:
        end(tracer)


def end(tracer):
    if tracer.poll() is None:
        tracer.terminate()
        tracer.wait(10)


def test_regression_a_failed_rule_is_told_after_a_full_disk(tmp_path, strace):
    """The commit that was to tell of it failed for want of room; the one that follows tells it, once."""
    rules = {"bad": rule("bad", when="return need.gap.nothing.at.all", competences='"STL3"'), "coach": rule("coach", recommend="return coaching {}", competences='"STL3"')}
    with daemon_of(tmp_path, rules, rule_deadline_ms=60000) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        worker, = daemon.workers()
        os.kill(worker, signal.SIGSTOP)
        try:
            door.push_good([post("p-1"), rated("p-1", {"STL3": 1})])
            tracer = strace(daemon.pid(), "pwrite64", "error=ENOSPC")
        finally:
            os.kill(worker, signal.SIGCONT)
        wait_for(lambda: "disk is full" in log_of(daemon), what="a full disk")
        assert door.publications() == [] and door.ask("health")["disk_full"]
        end(tracer)
        door.settle()
        failures = [p for p in door.publications() if p["type"] == "needs.rule.failed.v1"]
        assert len(failures) == 1 and failures[0]["data"]["rule"] == "bad", door.publications()
        assert "coaching.STL3" in by_id(door.person("p-1"))
        door.settle(door.push_good([post("p-2"), rated("p-2", {"STL3": 1})]))
        assert len([p for p in door.publications() if p["type"] == "needs.rule.failed.v1"]) == 1


def ask_to_follow(daemon, **body):
    door = Door(daemon.endpoint, routing_id=b"\x01" + os.urandom(16))
    daemon.doors.append(door)
    return door, door.send("follow", {"credit": 50, **body})


@pytest.mark.alone
def test_regression_a_new_name_is_answered_when_it_is_on_disk(needsd, strace):
    """`since now` under a new name, and a kill at the moment of the answer: what comes after is not lost. Known names wait for nothing."""
    door = needsd.door()
    door.day("2026-09-01")
    door.settle(door.push_good(post("p-1")))
    known = Follow(needsd.endpoint, name="known", since="start")
    known.close()
    told = len(door.publications())
    tracer = strace(needsd.pid(), "fdatasync,fsync", "delay_enter=1500000")
    door.request("ping")
    began = time.monotonic()
    fresh, rid = ask_to_follow(needsd, name="fresh", since="now")
    fresh.wait(rid)
    assert time.monotonic() - began > 1.4, "answered before the disk had it"
    needsd.kill()
    end(tracer)
    needsd.start()
    door.settle(door.push_good(rated("p-1", {"STL3": 1})))
    missed = door.publications()[told:]
    assert missed
    again = Follow(needsd.endpoint, name="fresh", since="now")  # not new any more: since does not count
    assert [again.next() for _ in missed] == missed
    again.close()
    strace(needsd.pid(), "fdatasync,fsync", "delay_enter=1500000")
    door.request("ping")
    began = time.monotonic()
    waiting, rid = ask_to_follow(needsd, name="known")
    assert waiting.wait(rid) and time.monotonic() - began < 1.0


@pytest.mark.slow
def test_regression_a_new_name_waits_for_room(needsd, strace):
    """A full disk: no answer to a new name, follow who may, until there is room; then one, to the last who asked."""
    door = needsd.door()
    door.day("2026-09-01")
    door.settle(door.push_good(post("p-1")))
    told = door.publications()
    tracer = strace(needsd.pid(), "pwrite64", "error=ENOSPC")
    first, first_rid = ask_to_follow(needsd, name="fresh", since="start")
    wait_for(lambda: "disk is full" in log_of(needsd), what="a full disk")
    second, second_rid = ask_to_follow(needsd, name="fresh")
    with pytest.raises(Fault, match="taken-over"):
        first.wait(first_rid)
    gone, gone_rid = ask_to_follow(needsd, name="other", since="start")
    gone.send("unfollow", {}, gone_rid)
    assert gone.receive()[:2] == ("ok", gone_rid)
    plain = Follow(needsd.endpoint, since="start")  # no name, nothing to wait for
    assert [plain.next() for _ in told] == told
    plain.close()
    assert second.receive(timeout=1.2) is None  # the disk was tried again meanwhile
    end(tracer)
    assert set(second.wait(second_rid)) == {"cursor", "lease_s", "max_credit", "resumed"}
    assert [second.receive()[2]["publication"] for _ in told] == told
    assert gone.receive(timeout=0.1) is None and first.receive(timeout=0) is None


def test_regression_a_stop_while_a_new_name_waits(monkeypatch, strace):
    """It is not answered, it is not known afterwards, and the stop is an orderly one."""
    monkeypatch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0")  # which needs ptrace for itself
    with Daemon() as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good(post("p-1")))
        told = door.publications()
        tracer = strace(daemon.pid(), "pwrite64", "error=ENOSPC")
        waiting, _ = ask_to_follow(daemon, name="fresh", since="now")
        wait_for(lambda: "disk is full" in log_of(daemon), what="a full disk")
        assert daemon.stop() == 0 and waiting.receive(timeout=0.1) is None
        end(tracer)
        daemon.start()
        follow = Follow(daemon.endpoint, name="fresh", since="start")
        assert [follow.next() for _ in told] == told
        follow.close()


# --- reload, questions, erasure ---

def test_regression_a_reload_changes_all_authorities_or_none(tmp_path):
    def rules(code, text):
        return write_rules(tmp_path / code, {"one": text}, replace=True)

    authorities = {code: {"name": f"Old {code}", "rules": rules(code, rule("coach", recommend="return coaching {}"))} for code in ("887", "888", "889")}
    with Daemon(authorities=authorities) as daemon:
        door = daemon.door()

        def serving():
            names = {a["authority"]: a["name"] for a in door.ask("health")["authorities"]}
            return {code: (names[code], *(door.ask("rules", authority=code)["serving"][k] for k in ("rules", "catalogue"))) for code in authorities}

        before = serving()
        for options in authorities.values():
            options["name"] = "New"
        daemon.configure()
        for code in ("887", "889"):
            rules(code, rule("mentor", recommend="return mentoring {}"))
        rules("888", rule("mentor", recommend="return mentoring { nothing = 1 }", competences='"STL99"'))
        assert reload(daemon) is False
        assert serving() == before
        assert any("STL99" in f for f in door.ask("rules", authority="888")["refused"]["faults"])
        rules("888", rule("mentor", recommend="return mentoring {}"))
        assert reload(daemon) is True
        after = serving()
        assert all(after[code][0] == "New" and after[code][1] != before[code][1] for code in authorities)
        assert all(door.ask("rules", authority=code)["refused"] is None for code in authorities)


def test_regression_explain_names_the_competence_asked_for_alone(tmp_path):
    """STL1 is no part of STL19."""
    with daemon_of(tmp_path, {"one": rule("coach", recommend="return coaching {}", competences='{"STL1","STL19"}')}) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        duty = {"duties": [{"competence": "STL19", "from": "2020-01-01"}]}
        door.settle(door.push_good([post("p-1", data=duty), rated("p-1", {"STL1": 1, "STL19": 1})]))
        assert {"coaching.STL1", "coaching.STL19"} <= set(by_id(door.person("p-1")))
        about_person = {"authority": "888", "school": SCHOOL, "person": "p-1"}
        for code in ("STL1", "STL19"):
            for how in ({"recommendation": f"coaching.{code}"}, {"competence": code}, {"competence": f"STL@2007/{code}"}):
                assert [n["competence"] for n in door.ask("explain", **about_person, **how)["needs"]] == [f"STL@2007/{code}"], how
        with pytest.raises(Fault) as fault:
            door.ask("explain", **about_person, competence="STL99")
        assert fault.value.codes == ["not-found"]


def test_regression_an_erasure_is_published(needsd):
    """All who keep anything about the person are asked to stop; what stood is withdrawn, and nothing more is taken."""
    door = needsd.door()
    door.day("2026-09-01")
    door.settle(door.push_good([post("p-1"), rated("p-1", {"STL3": 1}), post("p-2")]))
    stood = set(by_id(door.person("p-1")))
    assert stood
    follow = Follow(needsd.endpoint, since="now", topics=["888/8889901/p-1"])
    door.settle(door.push_good(event("person.erase", {"date": "2026-09-01"}, "p-1")))
    got = []
    while (p := follow.next(timeout=0.3)) is not None:
        got.append(p)
    follow.close()
    erased = [p for p in got if p["type"] == "needs.person.erased.v1"]
    assert len(erased) == 1 and (erased[0]["subject"], erased[0]["data"], erased[0]["weight"]) == ("p-1", {}, "material")
    assert {p["data"]["recommendation"] for p in got if p["type"] == "needs.recommendation.withdrawn.v1"} == stood and len(got) == len(stood) + 1
    assert all(about(got, r) == [("withdrawn", "erasure")] for r in stood)
    result, = door.push(rated("p-1", {"STL3": 2}))["results"]
    assert result["status"] == "rejected" and [e["code"] for e in result["errors"]] == ["erased"]
    numbers = [p["sequence"] for p in door.publications()]
    assert numbers == [f"{n:012}" for n in range(1, len(numbers) + 1)]
    verified(door)


SLOW = "local n = 0 for i = 1, 40000 do n = n + i end return given(need.gap >= 1)"


@pytest.mark.slow
def test_who_moves_all_the_time_is_advised_all_the_same(tmp_path):
    """Evaluations come back later than the next fact of somebody: what comes out was so a moment ago, and is published before the last fact is in."""
    write_rules(tmp_path / "rules", {"slow": rule("slow", SLOW, competences='"STL3"', needs='"gap"')}, replace=True)
    with Daemon(authorities={"888": {"rules": tmp_path / "rules"}}) as daemon:
        door, moving, others = daemon.door(), daemon.door(), daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good([post("p-1"), *(post(f"q-{i}") for i in range(300))]))
        sent, answered, until, advised = 0, 0, time.monotonic() + 20, []
        crowd = None  # keeps the worker busy
        while not advised:
            assert time.monotonic() < until
            if crowd is None:
                crowd = others.send("push", [rated(f"q-{i}", {"STL3": sent % 2}, id=f"q-{i}-{sent}", time=hot_time(sent)) for i in range(300)])
            elif others.receive(timeout=0):
                crowd = None
            while sent - answered < 20:
                moving.send("push", rated("p-1", {"STL3": sent % 2}, id=f"p-1-{sent}", time=hot_time(sent)))
                sent += 1
            answered += moving.receive(timeout=1) is not None
            if sent % 100 == 0:
                advised = door.person("p-1")["recommendations"]
        while answered < sent:
            assert moving.receive(timeout=5)
            answered += 1
        daemon.kill()  # the current advice is of older facts than there are
        daemon.start()
        door = daemon.door()
        door.settle()
        now, = [n for n in door.person("p-1")["needs"] if n["competence"].endswith("STL3")]
        assert now["current"] == (sent - 1) % 2 and door.ask("verify", timeout=60)["ok"]


def hot_time(n):
    return f"2026-09-01T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}Z"


def test_nothing_is_recommended_to_whoever_is_erased(tmp_path):
    """Advice may be ready, and not yet written, when the erasure comes: then it is dropped."""
    def say(words):
        write_rules(tmp_path / "rules", {"one": rule("one", recommend=f'return coaching {{ because = "{words} " .. need.competence }}')}, replace=True)

    say("first")
    people = [f"p-{n}" for n in range(600)]
    with Daemon(authorities={"888": {"name": "Example", "rules": tmp_path / "rules"}}) as daemon:
        door = daemon.door(timeout=60)
        door.day("2026-09-01")
        for i in range(0, len(people), 300):
            door.push_good([e for p in people[i:i + 300] for e in (post(p, id=f"post-{p}"), rated(p, {"STL3": 1}, id=f"rate-{p}"))])
        door.settle()
        say("second")
        assert reload(daemon)
        for i in range(0, 540, 60):
            door.push_good([event("person.erase", {"date": "2026-09-01"}, p, id=f"erase-{p}") for p in people[i:i + 60]])
        door.settle()
        erased, told = set(), 0
        for p in door.publications():
            kind = p["type"].split(".", 1)[1]
            if kind == "person.erased.v1":
                erased.add(p["subject"])
            elif kind in ("recommendation.issued.v1", "recommendation.changed.v1"):
                assert p["subject"] not in erased, p
                told += any(b["text"].startswith("second") for b in p["data"]["because"])
        assert len(erased) == 540 and told >= 60
