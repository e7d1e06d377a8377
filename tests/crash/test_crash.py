"""Twenty kills, and the oracle's own trial: every fault put into a copy of what they left must be seen."""
import os
import pathlib
import shutil
import sqlite3
import sys
import time

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parents[1] / "lib")]
import oracle  # noqa: E402
from crash import Campaign  # noqa: E402

pytestmark = pytest.mark.alone  # kills come at random times, and what is done between them is counted
KILLS = 20


@pytest.fixture(scope="module")
def campaign(directory_on_disk):
    run = Campaign(KILLS, seed=os.environ.get("NEEDS_SEED", "twenty"), directory=directory_on_disk)
    run.violations = run.run()
    return run


def test_twenty_kills_lose_nothing(campaign):
    assert campaign.violations == []
    counts = campaign.ledger.counts()
    assert counts["acknowledged"] == counts["identities"] > 500, "too little load to mean anything"
    assert all(follower.rows()[0] > 200 for follower in campaign.followers)


# --- the oracle on copies with one fault each ---

SOME_EVENT = "(SELECT position FROM journal WHERE kind = 'event' ORDER BY position LIMIT 1 OFFSET 40)"
COLUMNS = "kind, authority, school, subject, type, identity, content, hash, chain"
FAULTS = {
    "an acknowledged event is gone": ("data", f"DELETE FROM journal WHERE position = {SOME_EVENT}", "acknowledged and lost"),
    "an event is there twice": ("data", f"INSERT INTO journal ({COLUMNS}, body, committed_ms) SELECT {COLUMNS}, body, committed_ms"
                                f" FROM journal WHERE position = {SOME_EVENT}", "2 times"),
    "an event that nobody sent": ("data", f"INSERT INTO journal ({COLUMNS}, body, committed_ms) SELECT {COLUMNS},"
                                  f" json_set(body, '$.id', 'nobody'), committed_ms FROM journal WHERE position = {SOME_EVENT}", "never sent"),
    "an event is altered": ("data", f"UPDATE journal SET body = json_set(body, '$.time', '2026-01-01T00:00:00Z') WHERE position = {SOME_EVENT}", "not as it was sent"),
    "a row's column is altered": ("data", f"UPDATE journal SET subject = 'p-9999' WHERE position = {SOME_EVENT}", "columns and body disagree"),
    "the days are gone": ("data", "DELETE FROM journal WHERE kind = 'day'", "is lost"),
    "a day that nobody set": ("data", "UPDATE journal SET body = '{\"date\":\"2031-01-01\"}' WHERE kind = 'day'", "nobody set"),
    "a hole in a school's sequence": ("data", "DELETE FROM outbox WHERE position = 30", " after "),
    "two publications are swapped": ("data", "UPDATE outbox SET position = -1 WHERE position = 10; UPDATE outbox SET position = 10 WHERE"
                                     " position = 11; UPDATE outbox SET position = 11 WHERE position = -1", " after "),
    "a publication's content changed": ("data", "UPDATE outbox SET body = json_set(body, '$.data.priority', 99) WHERE position = 20", "is not what it got"),
    "a publication's time changed": ("data", "UPDATE outbox SET body = json_set(body, '$.time', '2001-01-01T00:00:00Z') WHERE position = 20", "is not what it got"),
    "a school's counter fell back": ("data", "UPDATE schools SET sequence = sequence - 1", "the counter of"),
    "the named follower missed one": ("named", "DELETE FROM applied WHERE sequence = 7", "never got"),
    "the other follower missed one": ("cursor", "DELETE FROM applied WHERE sequence = 7", "never got"),
    "a follower has one too many": ("named", "INSERT INTO applied VALUES ('888', '8889901', 999999, '{}')", "does not hold"),
    "a follower saw content change": ("cursor", "INSERT INTO faults VALUES ('888/8889901 4 was {} and is now []')", "is now"),
}


def judged(campaign, directory, which, sql):
    files = {"data": campaign.database(), "named": campaign.followers[0].database, "cursor": campaign.followers[1].database}
    copies = {}
    for name, path in files.items():
        copies[name] = directory / path.name
        for suffix in ("", "-wal"):
            if pathlib.Path(f"{path}{suffix}").exists():
                shutil.copy(f"{path}{suffix}", f"{copies[name]}{suffix}")
    db = sqlite3.connect(copies[which])
    db.executescript(sql)
    db.commit()
    db.close()
    return oracle.check(copies["data"], campaign.ledger, [copies["named"], copies["cursor"]])


def test_the_untouched_copy_is_clean(campaign, tmp_path):
    assert judged(campaign, tmp_path, "data", "SELECT 1") == campaign.violations


@pytest.mark.parametrize("fault", FAULTS)
def test_the_oracle_sees_that(campaign, tmp_path, fault):
    which, sql, word = FAULTS[fault]
    found = judged(campaign, tmp_path, which, sql)
    assert any(part in text for text in found for part in word.split("|")), found[:5]


def event(**more):
    return {"authority": "888", "school": "8889901", "source": "s", "id": "1", **more}


@pytest.mark.parametrize("kind, before, result, bad", [
    ("good", False, {"status": "accepted"}, False),
    ("good", True, {"status": "duplicate"}, False),
    ("good", True, {"status": "accepted"}, True),
    ("good", False, {"status": "rejected", "errors": [{"code": "conflict"}]}, True),
    ("other", True, {"status": "rejected", "errors": [{"code": "conflict"}]}, False),
    ("other", True, {"status": "rejected", "errors": [{"code": "erased"}]}, True),
    ("other", True, {"status": "duplicate"}, True),
    ("hopeless", False, {"status": "rejected", "errors": [{"code": "unknown-competence"}]}, False),
    ("hopeless", False, {"status": "accepted"}, True),
])
def test_the_ledger_judges_answers(kind, before, result, bad):
    ledger = oracle.Ledger()
    ledger.sending(event())
    ledger.answered(event(), kind, before, result)
    assert bool(ledger.violations) == bad


def forgetful(directory, also=()):
    """A campaign in which the write-ahead log disappears once between two lives, and other files with it."""
    run = Campaign(4, seed="forgets", directory=directory)
    run.patience_s = 5  # the followers know more than the daemon now and cannot agree with it
    killed, run.forgot = run.killed, []

    def kill_and_forget(mode):
        killed(mode)
        log = pathlib.Path(f"{run.database()}-wal")
        if run.ledger.counts()["acknowledged"] > 200 and not run.forgot and log.exists():
            run.forgot.append(log.stat().st_size)
            log.unlink()
            for name in also:
                (run.database().parent / name).unlink()

    run.killed = kill_and_forget
    run.pause = lambda most_ms=300: time.sleep(most_ms / 1000)
    return run


def test_a_disk_that_forgets_is_refused(tmp_path):
    """The head knows of commits that the database no longer has, so the daemon does not start."""
    run = forgetful(tmp_path)
    with pytest.raises(RuntimeError, match="has fallen behind its head"):
        run.run()
    assert run.forgot


def test_a_disk_that_forgets_is_noticed(tmp_path):
    """With the head gone too, the daemon cannot know; the oracle does."""
    run = forgetful(tmp_path, also=["head"])
    violations = run.run()
    assert run.forgot, "nothing was lost: the trial proves nothing"
    assert any("accepted as if it were new" in text or "acknowledged and lost" in text for text in violations), violations[:5]
