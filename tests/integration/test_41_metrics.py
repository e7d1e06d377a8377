"""The metrics plugin: what it shows is what happened, in a form that Prometheus reads; and it holds nobody up."""
import http.client
import os
import pathlib
import random
import re
import signal
import socket
import sqlite3
import threading
import time

import pytest

import exposition
from advice import reload, rule, wait_for, write_rules
from daemon import ROOT, Daemon, build_dir
from door import Fault, Follow, event, post, rated
from test_15_disk import Ledger, fill, small_disk  # noqa: F401 (a fixture)
from test_22_workers import CROWD, crowd, slow_rules
from test_23_rules import BREAKING
from test_52_diff import begin_over_many

PLUGIN = build_dir() / "plugins" / "metrics" / "metrics.so"
SCHOOL = "8889901"
DAY = "2026-09-01"

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not PLUGIN.exists(), reason="built without libmicrohttpd")]


class Watched(Daemon):
    """A daemon with the plugin, and what it shows."""

    def __init__(self, directory=None, plugin=None, **more):
        super().__init__(directory, **more)
        self.plugin = {"path": PLUGIN, "listen": "127.0.0.1:0", **(plugin or {})}

    def configure(self):
        super().configure()
        with open(self.config, "a") as out:
            out.write("[plugin metrics]\n" + "".join(f"{k} = {v}\n" for k, v in self.plugin.items()))

    def address(self):
        host, port = re.search(r"listening address=(\S+):(\d+)", self.new_log()).groups()
        return host.strip("[]"), int(port)

    def get(self, path="/metrics", method="GET", timeout=20, headers=None):
        """(status, headers, body as text)"""
        connection = http.client.HTTPConnection(*self.address(), timeout=timeout)
        try:
            connection.request(method, path, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read().decode()
        finally:
            connection.close()

    def metrics(self):
        status, headers, text = self.get()
        assert status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4")
        return exposition.read(text)

    def raw(self, text=b"", timeout=20):
        s = socket.create_connection(self.address(), timeout=timeout)
        s.sendall(text)
        return s


def answer_of(s):
    """Everything until the other side closes."""
    out = b""
    try:
        while got := s.recv(65536):
            out += got
    except ConnectionResetError:
        pass
    s.close()
    return out


# --- the oracle: counts what it sees at the door ---

class Oracle:
    def __init__(self, daemon):
        self.daemon, self.door = daemon, daemon.door()
        self.verdicts = {"accepted": 0, "duplicate": 0, "rejected": 0}
        self.faults, self.refusals, self.requests = {}, {}, {}
        self.batches = self.evaluations = self.changed = self.proposed = 0
        self.told = []

    def count(self, what, key, n=1):
        what[key] = what.get(key, 0) + n

    def request(self, verb, body=None):
        if verb != "nonsense":
            self.count(self.requests, verb)
        try:
            return self.door.request(verb, body)
        except Fault as fault:
            for code in fault.codes:
                self.count(self.refusals, code)

    def push(self, events):
        reply = self.request("push", events)
        if reply is None:
            return
        self.batches += 1
        for result in reply["results"]:
            self.verdicts[result["status"]] += 1
            for e in result.get("errors", []):
                self.count(self.faults, e["code"])

    def settle(self):
        while not self.request("ask", {"question": "settled"})["settled"]:
            pass

    def about(self, e):
        """One accepted event about one person, by itself: it makes one evaluation."""
        self.push(e)
        self.settle()
        told = self.publications()
        self.evaluations += 1
        self.changed += any(".erased." not in p["type"] for p in told[len(self.told):])  # that one is the event's own
        self.told = told
        answer = self.request("ask", {"question": "person", "authority": "888", "school": SCHOOL, "person": e["subject"]})
        self.proposed += sum(b["rule"] == "module" for r in (answer or {"recommendations": []})["recommendations"] for b in r["because"])

    def publications(self):
        out, body = [], {"since": "start", "limit": 1000}
        while True:
            page = self.request("replay", body)
            out += page["publications"]
            body["since"] = page["cursor"]
            if not page["more"]:
                return out

    def types(self):
        out = {}
        for p in self.told:
            self.count(out, p["type"].removeprefix("needs.").removesuffix(".v1"))
        return out


RULES = {"10-module": rule("module", recommend="return e_learning { priority = 30 }", competences='{"STL3"}'),
         "20-wrong": rule("wrong", when="return need.gap < {}", competences='{"STL3"}'),
         "30-endless": rule("endless", when="while true do end", competences='{"STL3"}')}


def nonzero(values):
    return {k: v for k, v in values.items() if v}


def start(tmp_path, rules=None, **more):
    authority = {"rules": write_rules(tmp_path / "rules", rules or RULES, replace=True)}
    return Watched(authorities={"888": authority}, **more)


def drive(o):
    """A load of which everything is known: people, ratings, duplicates, faults, corrections, an erasure."""
    o.request("day", {"date": DAY})
    rng = random.Random(41)
    people = [f"p-{i}" for i in range(7)]
    posts = [post(p, id=f"post-{p}") for p in people]
    ratings = [rated(p, {"STL3": rng.randrange(3)}, id=f"rate-{n}-{p}", time=f"2026-09-01T12:00:0{n}Z") for n in range(2) for p in people]
    for e in posts + ratings:
        o.about(e)
    o.push(posts)                                                      # 7 duplicates
    o.push([{**posts[0], "time": "2026-09-02T09:00:00Z"}, posts[1]])    # conflict, duplicate
    o.push([event("person.recorded", {"name": "x"}, "p-1"), rated("p-1", {"XYZ999": 2}), rated("p-2", {"STL3": 99})])
    o.push([event("person.recorded", {}, "p-1", authority="999"), event("nonsense", {}, "p-1"), 17])
    o.about(rated("p-0", {"STL3": 3}, evidence="observer", by="o-1", date="2026-09-01", id="better"))
    o.about(event("person.erase", {"date": "2026-09-01"}, "p-6", time="2026-09-01T20:00:00Z"))
    o.push(rated("p-6", {"STL3": 1}, id="after the erasure"))
    for body in (b"{", b"[]", b"nonsense"):
        o.push(body)
    o.request("nonsense")
    o.request("ask", {"question": "nonsense"})
    o.request("check", posts)
    o.request("ping")


def follow_behind(o, daemon, name, through):
    """Follows under a name, acknowledges `through` publications, and goes away."""
    f = Follow(daemon.endpoint, credit=64, since="start", name=name)
    for _ in range(through):
        assert f.next(acknowledge=False) is not None
    f.acknowledge()
    o.count(o.requests, "follow")
    o.count(o.requests, "credit")
    return f


def test_metrics_show_what_happened(tmp_path):
    with start(tmp_path, options={"lease_s": 5}) as daemon:
        o = Oracle(daemon)
        drive(o)
        gone = follow_behind(o, daemon, "behind", 3)
        gone.door.send("unfollow", {}, gone.rid)
        o.count(o.requests, "unfollow")
        first = follow_behind(o, daemon, "taken", 5)
        second = follow_behind(o, daemon, "taken", 2)
        workers = daemon.workers()
        os.kill(workers[0], signal.SIGKILL)
        wait_for(lambda: daemon.workers() not in ([], workers), what="another worker")
        time.sleep(0.2)
        wait_for(lambda: nonzero(daemon.metrics()["needsd_follows_ended_total"].by("reason")) == {"unfollowed": 1, "taken-over": 1},
                 what="the follows that ended")
        health = o.request("ask", {"question": "health"})
        m = daemon.metrics()

        assert o.verdicts["duplicate"] == 8 and o.verdicts["rejected"] >= 6 and o.verdicts["accepted"] == 23
        assert {"conflict", "erased", "unknown-member", "unknown-competence", "out-of-range", "unknown-type", "unknown-authority"} <= set(o.faults)
        assert m["needsd_events_total"].by("verdict") == o.verdicts
        assert nonzero(m["needsd_event_faults_total"].by("code")) == o.faults
        assert nonzero(m["needsd_batches_total"].by("outcome")) == {"stored": o.batches}
        assert m["needsd_acknowledgement_seconds"].samples["needsd_acknowledgement_seconds_count", ()] == o.batches
        assert nonzero(m["needsd_requests_total"].by("verb")) == o.requests
        assert nonzero(m["needsd_refusals_total"].by("code")) == {**o.refusals, "taken-over": 1}

        evaluations = m["needsd_evaluations_total"].by("outcome")
        assert evaluations == {"changed": o.changed, "unchanged": o.evaluations - o.changed, "stale": 0, "dropped": 0}
        assert 0 < o.changed < o.evaluations
        assert nonzero(m["needsd_publications_total"].by("type")) == o.types()
        assert {"recommendation.issued", "recommendation.withdrawn", "rule.failed", "person.erased"} <= set(o.types())
        assert m["needsd_outbox_position"].value() == len(o.told)

        for name in ("round_trip", "evaluation"):
            name = f"needsd_worker_{name}_seconds"
            assert m[name].samples[name + "_count", ()] == health["evaluations"]
        assert m["needsd_worker_starts_total"].value() == 2 and m["needsd_worker_restarts_total"].value() == 1
        assert m["needsd_worker_down_seconds"].by("authority") == {"888": 0}
        assert m["needsd_rule_proposals_total"].by("rule") == {"module": o.proposed, "wrong": 0, "endless": 0}
        failures = m["needsd_rule_failures_total"]
        assert failures.value(authority="888", rule="wrong", kind="error") == o.proposed
        assert failures.value(authority="888", rule="endless", kind="instructions") == o.proposed
        assert sum(failures.samples.values()) == 2 * o.proposed and o.proposed > 10

        told = len(o.told)
        assert m["needsd_follow_lag_publications"].by("name") == {"behind": told - 3, "taken": told - 7}
        assert m["needsd_follow_connected"].by("name") == {"behind": 0, "taken": 1}
        assert m["needsd_durable_names"].value() == 2 and m["needsd_follows"].value() == 1
        assert m["needsd_people"].by("authority") == {"888": 6} and m["needsd_authorities"].value() == 1
        assert m["needsd_day_timestamp_seconds"].value() == time.mktime(time.strptime(DAY, "%Y-%m-%d")) - time.timezone
        for name in ("due", "in_flight", "waiting_batches", "waiting_events", "waiting_results", "store_full", "store_failed", "pending_requests"):
            assert m[f"needsd_{name}"].value() == 0, name
        store = health["store"]
        for name, n in (("store_commits_total", store["commits"]), ("store_rows_total", store["rows"])):
            assert m[f"needsd_{name}"].value() == n
        for name in ("commit", "sync"):
            name = f"needsd_store_{name}_seconds"
            assert m[name].samples[name + "_count", ()] == store["commits"]
        commit, sync = (m[f"needsd_store_{n}_seconds"].samples[f"needsd_store_{n}_seconds_sum", ()] for n in ("commit", "sync"))
        assert 0 < sync <= commit < 60 and abs(commit - store["commit_us_total"] / 1e6) < 0.01
        files = {n: os.stat(daemon.data / f"needs.db{s}").st_size for n, s in (("database", ""), ("log", "-wal"))}
        assert {n: m[f"needsd_store_{n}_bytes"].value() for n in files} == files
        first.close(), second.close(), gone.close()
        position = m["needsd_journal_position"].value()
        daemon.stop()
        db = sqlite3.connect(f"file:{daemon.data}/needs.db?mode=ro", uri=True)
        assert position == db.execute("SELECT max(position) FROM journal").fetchone()[0]
        db.close()


def test_metrics_a_refused_comparison_starts_no_worker():
    def starts():
        return daemon.metrics()["needsd_worker_starts_total"].samples["needsd_worker_starts_total", ()]

    with Watched() as daemon:
        door, _, candidate, run = begin_over_many(daemon)
        before = starts()
        with pytest.raises(Fault) as refused:
            door.ask("diff", authority="888", to="serving")
        with pytest.raises(Fault) as unknown:
            door.ask("diff", authority="888", to="feedfeed")
        joined = door.ask("diff", authority="888", to=candidate)
        assert joined["run"] == run and joined["running"]
        assert [e.value.errors[0]["code"] for e in (refused, unknown)] == ["busy", "not-found"]
        assert starts() == before


def test_metrics_of_the_process():
    with Watched() as daemon:
        status = {}
        before = time.time()
        m = daemon.metrics()
        proc = pathlib.Path(f"/proc/{daemon.pid()}")
        for line in (proc / "status").read_text().splitlines():
            key, _, value = line.partition(":")
            status[key] = value.split()
        assert abs(m["process_resident_memory_bytes"].value() - 1024 * int(status["VmRSS"][0])) < 4 << 20
        assert abs(m["process_virtual_memory_bytes"].value() - 1024 * int(status["VmSize"][0])) <= 192 << 20  # a thread that starts maps up to 128 MiB for its own heap
        assert abs(m["process_open_fds"].value() - len(os.listdir(proc / "fd"))) <= 2
        assert m["process_max_fds"].value() == int(re.search(r"Max open files\s+(\d+)", (proc / "limits").read_text()).group(1))
        assert before - 120 < m["process_start_time_seconds"].value() < before + 1
        assert 0 < m["process_cpu_seconds_total"].value() < 60
        (_, labels), = m["needsd_build_info"].samples
        assert dict(labels)["version"] == daemon.door().request("ping")["version"]
        turns = m["needsd_loop_turn_seconds"].samples
        assert turns["needsd_loop_turn_seconds_count", ()] >= 2 and turns["needsd_loop_turn_seconds_sum", ()] < 60
        idle = daemon.metrics()["needsd_loop_turn_seconds"].samples["needsd_loop_turn_seconds_sum", ()]
        time.sleep(1)
        assert daemon.metrics()["needsd_loop_turn_seconds"].samples["needsd_loop_turn_seconds_sum", ()] - idle < 0.5, "waiting is no work"


def test_metrics_name_no_school_and_nobody(tmp_path):
    with start(tmp_path) as daemon:
        door = daemon.door()
        door.day(DAY)
        door.push_good([post("p-0193-q", school="8887766"), rated("p-0193-q", {"STL3": 1}, school="8887766")])
        door.settle()
        text = daemon.get()[2]
        assert "p-0193" not in text and "8887766" not in text and 'authority="888"' in text


def outcomes(daemon):
    return daemon.metrics()["needsd_evaluations_total"].by("outcome")


def test_metrics_evaluations_that_did_not_count(tmp_path):
    """Facts that move meanwhile make a result stale, rules that move make it dropped; each answer of a worker ends as one of these."""
    with start(tmp_path, slow_rules(), options={"rule_strikes": 100}) as daemon:
        door = daemon.door()
        door.push_good(crowd())
        door.day(DAY)
        wait_for(lambda: daemon.metrics()["needsd_in_flight"].value() > 10, what="evaluations in flight")
        m = daemon.metrics()
        assert m["needsd_due"].value() >= m["needsd_in_flight"].value() > 0
        door.push_good([rated(p, {"STL3": 0}, id=f"worse-{p}", time="2026-09-01T13:00:00Z") for p in CROWD])
        door.settle()
        ended, answered = outcomes(daemon), door.ask("health")["evaluations"]
        assert ended["stale"] > 0 and ended["dropped"] == 0 and sum(ended.values()) == answered
        assert ended["changed"] >= len(CROWD)
        m = daemon.metrics()
        for name in ("needsd_worker_round_trip_seconds", "needsd_worker_evaluation_seconds"):
            assert m[name].samples[name + "_count", ()] == answered, "answers that came together count one by one"
        each, trip = (m[f"needsd_worker_{n}_seconds"].samples[f"needsd_worker_{n}_seconds_sum", ()] for n in ("evaluation", "round_trip"))
        assert 0 < each < trip, "who waits for others waits longer than an evaluation takes"
        # the same again, and this time the rules move
        door.push_good([rated(p, {"STL3": 1}, id=f"better-{p}", time="2026-09-01T14:00:00Z") for p in CROWD])
        wait_for(lambda: daemon.metrics()["needsd_in_flight"].value() > 10, what="evaluations in flight")
        write_rules(tmp_path / "rules", {"10-module": RULES["10-module"]}, replace=True)
        assert reload(daemon)
        door.settle()
        now = outcomes(daemon)
        assert now["dropped"] > 0 and now["stale"] == ended["stale"]
        assert now["changed"] + now["unchanged"] >= 2 * len(CROWD)
        spared = daemon.metrics()["needsd_evaluations_spared_total"].value()
        door.push_good(event("school.recorded", {"phase": "primary"}, time="2026-09-01T15:00:00Z"))
        door.settle()
        after = outcomes(daemon)
        more = daemon.metrics()["needsd_evaluations_spared_total"].value() - spared + sum(after.values()) - sum(now.values())
        assert more == len(CROWD), "the school's facts moved: everybody in it was looked at, once"


def test_metrics_follows_that_ended(tmp_path):
    with Watched(options={"lease_s": 5}) as daemon:
        silent = Follow(daemon.endpoint, credit=1, since="start")
        gone = Follow(daemon.endpoint, credit=10, since="start")
        again = Follow(daemon.endpoint, credit=1, since="start")
        again.door.wait(again.door.send("follow", {"credit": 1, "since": "start"}, again.rid))
        assert daemon.metrics()["needsd_follows"].value() == 3
        gone.close()
        time.sleep(0.3)
        door = daemon.door()
        door.day(DAY)
        door.push_good([post("p-1"), rated("p-1", {"STL3": 1})])  # to be told to somebody who is not there
        door.settle()
        wait_for(lambda: daemon.metrics()["needsd_follows"].value() == 0, what="the end of the leases")
        assert nonzero(daemon.metrics()["needsd_follows_ended_total"].by("reason")) == {"lease": 2, "gone": 1, "begun-anew": 1}
        silent.close(), again.close()


def test_metrics_lag_counts_what_stood(tmp_path):
    """A name whose standing ones are still to come is behind by all of them, followed or not; a forgotten name is not shown."""
    with Watched(tmp_path / "d") as daemon:
        door = daemon.door()
        door.day(DAY)
        door.settle(door.push_good([post(f"p-{n}", school=f"888990{n % 3}") for n in range(12)]))
        stands = sum(len(door.person(f"p-{n}", school=f"888990{n % 3}")["recommendations"]) for n in range(12))
        together = sum(len(door.ask("school", authority="888", school=f"888990{n}")["cohorts"]) for n in range(3))
        stands += together
        assert stands > 30 and together > 0

        def lags():
            return daemon.metrics()["needsd_follow_lag_publications"].by("name")

        follow = Follow(daemon.endpoint, credit=20, since="standing", name="stands")
        Follow(daemon.endpoint, credit=0, since="now", name="live").close()
        assert lags() == {"stands": stands, "live": 0}
        read = 0
        while read < 10:
            assert follow.next(acknowledge=False) is not None
            read += 1
        follow.acknowledge()
        wait_for(lambda: lags() == {"stands": stands - 10, "live": 0}, what="the acknowledgement")
        follow.close()
        assert daemon.metrics()["needsd_follow_lag_publications"].samples  # while the name is nobody's, too
        daemon.kill()
        daemon.start()
        assert lags() == {"stands": stands - 10, "live": 0}

        before = len(door.publications())
        door = daemon.door()
        door.settle(door.push_good([post("p-new", school="8889909")]))  # moves nothing that stood
        told = len(door.publications()) - before
        assert told > 0 and lags() == {"stands": stands - 10 + told, "live": told}
        follow = Follow(daemon.endpoint, credit=20, name="stands")
        while follow.next(timeout=0.5) is not None:
            read += 1
        follow.acknowledge()
        assert read == stands + told
        wait_for(lambda: lags()["stands"] == 0, what="the last acknowledgement")
        follow.door.send("unfollow", {"forget": True}, b"f")
        wait_for(lambda: lags() == {"live": told}, what="the name to be forgotten")


def test_metrics_survive_a_reload_and_forget_at_a_restart(tmp_path):
    """The counters of a rule go by its name: a new rule set does not begin them anew."""
    with start(tmp_path) as daemon:
        o = Oracle(daemon)
        o.request("day", {"date": DAY})
        o.about(post("p-1"))
        o.about(rated("p-1", {"STL3": 1, "STL1": 1}))
        before = daemon.metrics()["needsd_rule_proposals_total"].by("rule")
        assert before["module"] > 0
        write_rules(tmp_path / "rules", {"10-module": RULES["10-module"], "40-new": rule("new", competences='{"STL1"}')}, replace=True)
        daemon.hup()
        wait_for(lambda: "new" in daemon.metrics()["needsd_rule_proposals_total"].by("rule"), what="the new rules")
        o.settle()
        after = daemon.metrics()["needsd_rule_proposals_total"].by("rule")
        assert after["module"] > before["module"] and set(after) == {"module", "new"}
        position = daemon.metrics()["needsd_journal_position"].value()
        daemon.stop()
        daemon.start()
        m = daemon.metrics()
        assert m["needsd_journal_position"].value() == position and m["needsd_events_total"].by("verdict")["accepted"] == 0


def test_metrics_a_rule_set_aside(tmp_path):
    breaking = tmp_path / "breaking-worker"
    breaking.write_text(BREAKING.format(real=str(build_dir() / "daemon" / "needs-rules"), poison="poison", how="SIGKILL"))
    breaking.chmod(0o755)
    with start(tmp_path, {"00-poison": rule("poison"), "10-other": rule("other")}, options={"worker": breaking}) as daemon:
        door = daemon.door()
        door.day(DAY)
        door.settle(door.push_good(post("p-1")))
        m = daemon.metrics()
        assert m["needsd_rule_set_aside"].by("rule") == {"poison": 1, "other": 0}
        assert m["needsd_worker_restarts_total"].value() >= 3
        assert m["needsd_publications_total"].by("type")["rule.failed"] == 1


# --- well and ready ---

def test_metrics_ready_needs_a_day():
    with Watched() as daemon:
        assert daemon.get("/health")[0::2] == (200, "well\n")
        status, _, text = daemon.get("/ready")
        assert status == 503 and "no day" in text
        assert daemon.metrics()["needsd_day_timestamp_seconds"].samples == {}
        daemon.door().day(DAY)
        assert daemon.get("/ready")[0::2] == (200, "ready\n")


def test_metrics_a_full_disk_is_not_well(small_disk):  # noqa: F811
    with Watched(options={"data": f"{small_disk}/data"}) as daemon:
        ledger = Ledger()
        door = fill(daemon, ledger)
        m = daemon.metrics()
        assert m["needsd_store_commits_full_total"].value() > 0 and m["needsd_refusals_total"].by("code")["busy"] == 8
        assert m["needsd_batches_total"].by("outcome")["busy"] == 8
        assert m["needsd_events_total"].by("verdict")["accepted"] == 40 * len(ledger.acked), "what was not stored is not counted"
        if m["needsd_store_full"].value():
            status, _, text = daemon.get("/health")
            assert status == 503 and "disk full" in text
        os.unlink(f"{small_disk}/ballast")
        wait_for(lambda: ledger.push(door) == "ok", what="room")
        wait_for(lambda: daemon.get("/health")[0] == 200, what="health")


def test_metrics_workers_that_do_not_serve(tmp_path):
    """Killed again and again while they load, they are given up: well for some seconds yet, then not."""
    with start(tmp_path) as daemon:
        daemon.door().day(DAY)
        until = time.monotonic() + 30
        while "outside any rule" not in daemon.new_log():
            assert time.monotonic() < until, "the worker was never given up"
            for pid in daemon.workers():
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        assert daemon.metrics()["needsd_worker_down_seconds"].by("authority")["888"] > 0
        wait_for(lambda: daemon.get("/health")[0] == 503, what="a sick daemon")
        status, _, text = daemon.get("/ready")
        assert status == 503 and "workers not serving" in text and '"888"' in text


def test_metrics_a_worker_that_comes_back(tmp_path):
    """The next worker hangs while it loads: the time without one is counted, and forgotten when there is one again."""
    flag, wrapper = tmp_path / "hang", tmp_path / "worker"
    wrapper.write_text(f"#!/bin/sh\n[ -e {flag} ] && exec sleep 3600\nexec {build_dir() / 'daemon' / 'needs-rules'}\n")
    wrapper.chmod(0o755)
    with start(tmp_path, options={"worker": wrapper}) as daemon:
        daemon.door().day(DAY)

        def down():
            return daemon.metrics()["needsd_worker_down_seconds"].by("authority")["888"]
        assert down() == 0
        flag.touch()
        began = time.monotonic()
        for pid in daemon.workers():
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: down() > 0, what="a worker less")
        assert daemon.get("/health")[0] == 200, "a worker that is replaced is no illness"
        time.sleep(1)
        assert 1 <= down() <= time.monotonic() - began
        flag.unlink()
        wait_for(lambda: down() == 0, what="another worker")


# --- over HTTP ---

def test_metrics_paths_and_methods():
    with Watched() as daemon:
        status, headers, text = daemon.get("/metrics", "HEAD")
        assert status == 200 and text == "" and int(headers["Content-Length"]) > 1000
        assert daemon.get("/metrics?name=x")[0] == 200
        for path in ("/", "/metrics/", "/Metrics", "/../metrics", "/health/x"):
            status, _, text = daemon.get(path)
            assert status == 404 and all(p in text for p in ("/metrics", "/health", "/ready")), path
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"):
            status, headers, _ = daemon.get("/metrics", method)
            assert status == 405 and headers["Allow"] == "GET, HEAD", method
        connection = http.client.HTTPConnection(*daemon.address(), timeout=20)
        connection.request("POST", "/metrics", body=b"x" * 5000)
        assert connection.getresponse().status == 405
        connection.close()
        for path in ("/health", "/ready", "/metrics"):
            assert daemon.get(path)[1]["Connection"] == "close"


@pytest.mark.parametrize("host, good", [
    ("localhost", True), ("LOCALHOST:9464", True), ("127.0.0.1:1", True), ("[::1]:9464", True), ("10.1.2.3", True),
    ("watch.example", True), ("Watch.Example:9464", True), ("evil.example", False), ("localhost.evil.example", False),
    ("127.0.0.1.evil.example:9464", False), ("[::1", False), ("127.0.0.1:x", False), ("localhost:99999", False), ("", False),
    ("watch.example.evil.example", False), ("user@localhost", False), ("x" * 300, False), (None, False)])
def test_metrics_host_header(host, good, watched):
    request = "GET /health HTTP/1.1\r\n" + (f"Host: {host}\r\n" if host is not None else "") + "\r\n"
    status = int(answer_of(watched.raw(request.encode())).split()[1])
    assert status == 200 if good else status in (400, 403), status


@pytest.fixture(scope="module")
def watched():
    with Watched(plugin={"host": "watch.example"}) as daemon:
        yield daemon


@pytest.mark.parametrize("junk", [b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"\r\n" * 5000, b"A" * 100000, b"GET /" + b"x" * 60000,
                                  b"GET /metrics HTTP/1.1\r\n" + b"X: y\r\n" * 20000, b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n",
                                  b"GET /metrics HTTP/9.9\r\nHost: localhost\r\n\r\n", b"\0" * 300], ids=range(9))
def test_metrics_junk(junk, watched):
    s = watched.raw()
    try:
        s.sendall(junk)
        s.shutdown(socket.SHUT_WR)
    except (BrokenPipeError, ConnectionResetError, OSError):
        pass
    answer_of(s)
    assert watched.get("/health")[0] == 200


@pytest.mark.parametrize("plugin, why", [
    ({"listen": "0.0.0.0:0"}, "allow_remote = yes"), ({"listen": "[::]:0"}, "allow_remote = yes"), ({"listen": "10.0.0.1"}, "give an address and a port"),
    ({"listen": "example.org:80"}, "give an address and a port"), ({"listen": "127.0.0.1:70000"}, "give an address and a port"),
    ({"listen": "::1:9464"}, "give an address and a port"), ({"listen": ""}, "listen"), ({"allow_remote": "perhaps"}, "allow_remote")])
def test_metrics_refuses_to_start(plugin, why):
    daemon = Watched(plugin=plugin)
    with pytest.raises(RuntimeError) as failure:
        daemon.start()
    assert why in str(failure.value)
    daemon.process = None
    daemon.__exit__(None)


def test_metrics_places():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        daemon = Watched(plugin={"listen": f"127.0.0.1:{taken.getsockname()[1]}"})
        with pytest.raises(RuntimeError, match="Address already in use"):
            daemon.start()
        daemon.process = None
        daemon.__exit__(None)
    with Watched(plugin={"listen": "0.0.0.0:0", "allow_remote": "yes"}) as daemon:
        assert "other machines" in daemon.new_log() and daemon.get("/health")[0] == 200
    if pathlib.Path("/proc/net/if_inet6").exists() and "00000001 01" in pathlib.Path("/proc/net/if_inet6").read_text():
        with Watched(plugin={"listen": "[::1]:0"}) as daemon:
            assert daemon.get("/health")[0] == 200
    with Watched(plugin={"listen": "localhost:0"}) as daemon:
        port = daemon.address()[1]
        daemon.get()
        daemon.stop()
        daemon.plugin["listen"] = f"127.0.0.1:{port}"  # at once again, though old connections linger
        daemon.start()
        assert daemon.get("/health")[0] == 200


# --- it holds nobody up ---

@pytest.mark.alone
def test_metrics_scraped_under_load(tmp_path):
    """Four scrapers without a pause: every push is answered, in about the time it took before, and no counter goes back."""
    with start(tmp_path, {"10-module": RULES["10-module"]}) as daemon:
        door, stop, seen, faults = daemon.door(), threading.Event(), [0] * 4, []
        door.day(DAY)

        def took(n, seconds):
            out, until = [], time.monotonic() + seconds
            while time.monotonic() < until:
                n += 1
                began = time.monotonic()
                assert door.push([post(f"p-{n % 50}", id=f"load-{n}"), rated(f"p-{n % 50}", {"STL3": n % 4}, id=f"rate-{n}")])["accepted"] == 2
                out.append(time.monotonic() - began)
            return n, sorted(out)

        def scrape(i):
            last = 0
            while not stop.is_set():
                try:
                    now = daemon.metrics()["needsd_events_total"].by("verdict")["accepted"]
                    assert now >= last, "a counter went back"
                    last, seen[i] = now, seen[i] + 1
                except Exception as fault:  # noqa: BLE001 (told below)
                    faults.append(fault)
                    return
        n, quiet = took(0, 1.5)
        threads = [threading.Thread(target=scrape, args=(i,)) for i in range(4)]
        for t in threads:
            t.start()
        n, busy = took(n, 3)
        stop.set()
        for t in threads:
            t.join()
        assert not faults and min(seen) > 2, (faults, seen)
        assert daemon.metrics()["needsd_events_total"].by("verdict")["accepted"] == 2 * n
        median = busy[len(busy) // 2]
        assert median < 0.1 + 5 * quiet[len(quiet) // 2], (median, quiet[len(quiet) // 2])


def fds(daemon):
    return len(os.listdir(f"/proc/{daemon.pid()}/fd"))


@pytest.mark.alone
@pytest.mark.parametrize("drip", [True, False])
def test_metrics_slow_clients_are_cut_off(drip):
    """Seventy connections that say nothing, or of which every other one says a byte now and then: few
    are held, none for long, all get their turn, and the door is as quick as ever."""
    with Watched() as daemon:
        door, before, began = daemon.door(), fds(daemon), time.monotonic()
        slow = [daemon.raw(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: " if drip and i % 2 else b"") for i in range(70)]
        ended, most, slowest = set(), 0, 0.0
        for s in slow:
            s.setblocking(False)
        while len(ended) < len(slow) and time.monotonic() < began + 30:
            for i, s in enumerate(slow):
                try:
                    if drip and i % 2:
                        s.send(b"y")
                    if s.recv(1000) == b"":
                        ended.add(i)
                except BlockingIOError:
                    pass
                except OSError:
                    ended.add(i)
            asked = time.monotonic()
            door.request("ping")
            slowest, most = max(slowest, time.monotonic() - asked), max(most, fds(daemon) - before)
            time.sleep(0.2)
        assert len(ended) == len(slow), "some are held for ever"
        assert 5 < most <= 36 and slowest < 1, (most, slowest)
        for s in slow:
            s.close()
        wait_for(lambda: fds(daemon) <= before + 1, what="their descriptors")
        assert daemon.get()[0] == 200


def test_metrics_stop_with_open_connections():
    """In the middle of a request, of an answer that nobody reads, and idle: a stop waits for none of them."""
    with Watched() as daemon:
        held = [daemon.raw(text) for text in (b"", b"GET /met", b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)]
        address = daemon.address()
        daemon.get()
        began = time.monotonic()
        assert daemon.stop() == 0 and time.monotonic() - began < 5
        log = daemon.new_log()
        assert "handles were left" not in log and "did not end in time" not in log
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, timeout=5)
        for s in held:
            answer_of(s)


@pytest.mark.alone
def test_metrics_idle_costs_nothing():
    """Nobody asks: nothing runs."""
    with Watched() as daemon:
        daemon.get()
        time.sleep(1)

        def ticks():
            fields = pathlib.Path(f"/proc/{daemon.pid()}/stat").read_text().rsplit(")", 1)[1].split()
            return int(fields[11]) + int(fields[12])
        before = ticks()
        time.sleep(2)
        assert ticks() - before <= 3


# --- the checker itself ---

GOOD = """# HELP x_seconds How long.
# TYPE x_seconds histogram
x_seconds_bucket{le="0.1"} 1
x_seconds_bucket{le="+Inf"} 2
x_seconds_sum 1.5e-1
x_seconds_count 2
# HELP y_total How many.
# TYPE y_total counter
y_total{a="b\\"c",d="e"} 3
y_total{a="b"} 0
"""


def test_metrics_alarms_are_about_what_there_is():
    """Every number and label in docs/alerts.yml is one that is shown, and the manual has it."""
    alerts, manual = ((ROOT / "docs" / name).read_text() for name in ("alerts.yml", "operations.md"))
    with Watched() as daemon:
        shown = daemon.metrics()
        raw = daemon.get()[2]
    rules = re.split(r"(?m)^ +- alert: ", alerts)[1:]
    assert len(rules) > 8
    for text in rules:
        for name in re.findall(r"needsd_\w+", text):
            name = name.removesuffix("_bucket")
            assert name in shown and name in manual, name
        labels = set(re.findall(r"\$labels\.(\w+)", text))
        unknown = {label for label in labels if not re.search(rf'[{{,]{label}="|by .*\b{label}\b', raw)}
        assert unknown <= {"name"}, (text, unknown)  # a follow's; there is none here
        assert re.search(r"(?m)^        expr: \S", text) and "summary:" in text


def test_metrics_checker_takes_what_is_right():
    families = exposition.read(GOOD)
    assert families["y_total"].value(a='b"c', d="e") == 3


@pytest.mark.parametrize("old, new", [
    ('le="0.1"} 1', 'le="0.1"} 3'), ('le="+Inf"} 2', 'le="+Inf"} 3'), ('x_seconds_bucket{le="+Inf"} 2\n', ""), ("x_seconds_sum 1.5e-1\n", ""),
    ('le="0.1"', 'le="nan"'), ("1.5e-1", "1,5"), ("1.5e-1", "0x1"), ("y_total", "y"), ("y_total", "y_ms_total"), ("y_total", "yTotal_total"),
    ("counter", "gauge"), ("counter", "number"), ("# HELP y_total How many.\n", ""), ("# TYPE y_total counter\n", ""),
    ("How many.", ""), ("How many.", "How many"), ('y_total{a="b"} 0\n', 'y_total{a="b"} 0\ny_total{a="b"} 0\n'),
    ('y_total{a="b"} 0\n', 'y_total{a="b"} 0\n# TYPE y_total counter\n'), ('{a="b"}', '{a=b}'), ('{a="b"}', '{__a="b"}'), ('{a="b"}', '{a="b",a="c"}'),
    ('{a="b"}', '{a="b\\x"}'), ('y_total{a="b"} 0\n', 'y_total{a="b"} 0'), ('y_total{a="b"} 0\n', 'y_total{a="b"} -1\n'),
    ('y_total{a="b"} 0\n', 'x_seconds_count{a="b"} 0\n'), ("x_seconds", "x_seconds_long"), ("x_seconds", "x_histogram_seconds")])
def test_metrics_checker_sees_faults(old, new):
    assert old in GOOD
    with pytest.raises(AssertionError):
        exposition.read(GOOD.replace(old, new))
