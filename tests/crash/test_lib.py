"""libneeds under a dozen kills of each side, and the judge's own trial: every fault put into what they left must be seen."""
import os
import pathlib
import shutil
import sqlite3
import sys

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent), str(pathlib.Path(__file__).resolve().parents[1] / "lib")]
from lib_campaign import Campaign, check  # noqa: E402

pytestmark = pytest.mark.alone  # kills come at random times, and what is done between them is counted
KILLS, EVENTS = 12, 600


@pytest.fixture(scope="module")
def campaign(directory_on_disk):
    run = Campaign(KILLS, EVENTS, seed=os.environ.get("NEEDS_SEED", "dozen"), directory=directory_on_disk)
    run.violations = run.run()
    return run


def test_libneeds_a_dozen_kills_lose_and_repeat_nothing(campaign):
    assert campaign.violations == []
    assert campaign.follower.count() > EVENTS, "too little was published to mean anything"
    assert campaign.pusher.kills > 2 and campaign.follower.kills > 2


def left_behind(campaign, directory):
    """Copies of what check() looks at."""
    for path in (campaign.daemon.data / "needs.db", campaign.daemon.dir / "outbox"):
        for suffix in ("", "-wal"):
            if pathlib.Path(f"{path}{suffix}").exists():
                shutil.copy(f"{path}{suffix}", directory / f"{path.name}{suffix}")
    return {"database": directory / "needs.db", "outbox": directory / "outbox", "events": campaign.pusher.events,
            "verdicts": list(campaign.pusher.verdicts()), "followed": campaign.follower.publications(), "put": campaign.pusher.put}


def alter(path, sql):
    db = sqlite3.connect(path)
    db.executescript(sql)
    db.close()


def swapped(lines):
    return [lines[1], lines[0], *lines[2:]]


SOME = "(SELECT position FROM journal WHERE kind = 'event' ORDER BY position LIMIT 1 OFFSET 40)"
COLUMNS = "kind, authority, school, subject, type, identity, content, hash, chain"
FAULTS = {
    "an event was not applied": (lambda left: alter(left["database"], f"DELETE FROM journal WHERE position = {SOME}"), "acknowledged and lost"),
    "an event was applied twice": (lambda left: alter(left["database"], f"INSERT INTO journal ({COLUMNS}, body, committed_ms) SELECT {COLUMNS}, body,"
                                                      f" committed_ms FROM journal WHERE position = {SOME}"), "2 times"),
    "a verdict was never told": (lambda left: left.update(verdicts=[v for v in left["verdicts"] if v[1] != "lib-7"]), "no verdict was told of lib-7"),
    "accepted was told twice": (lambda left: left["verdicts"].extend([("accepted", "lib-7")] * 2), "lib-7 was told"),
    "a good event was rejected": (lambda left: left["verdicts"].append(("rejected", "lib-7")), "lib-7 was told"),
    "a verdict of nobody's": (lambda left: left["verdicts"].append(("accepted", "nobody-1")), "nobody's event"),
    "something still waits": (lambda left: alter(left["outbox"], "INSERT INTO waiting (event) VALUES ('{}')"), "still holds 1 waiting"),
    "something was rejected": (lambda left: alter(left["outbox"], "INSERT INTO rejected (event, errors) VALUES ('{}', '[]')"), "still holds 1 rejected"),
    "not all was put": (lambda left: left.update(put=EVENTS - 1), "were put"),
    "the file misses its last": (lambda left: left["followed"].pop(), "the file has"),
    "the file has a hole": (lambda left: left["followed"].pop(9), "line 10"),
    "the file repeats one": (lambda left: left["followed"].insert(9, left["followed"][9]), "line 11"),
    "the file has two in another order": (lambda left: left.update(followed=swapped(left["followed"])), "line 1"),
}


def test_libneeds_the_untouched_copy_is_clean(campaign, tmp_path):
    assert check(**left_behind(campaign, tmp_path)) == campaign.violations


@pytest.mark.parametrize("fault", FAULTS)
def test_libneeds_the_judge_sees_that(campaign, tmp_path, fault):
    left = left_behind(campaign, tmp_path)
    alteration, word = FAULTS[fault]
    alteration(left)
    found = check(**left)
    assert any(word in text for text in found), found[:5]
