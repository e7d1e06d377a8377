"""A sender of 500 events a second, as a program of its own: `steady.py ENDPOINT SECONDS`. Prints how long acknowledgements took.

Each event is a push of its own, from when the sender is connected: how long a new client waits is measured elsewhere. Those that are refused `busy` or unanswered for ten seconds are counted and fail the test."""
import json
import os
import sys
import time

import zmq

RATE = 500
ANSWER_S = 10


def body(number):
    level = number % 4
    return json.dumps({"specversion": "1.0", "id": f"{os.getpid()}-{number}", "source": "steady", "type": "needs.assessment.recorded.v1",
                       "time": "2026-09-01T12:00:00Z", "authority": "888", "school": "8889901", "subject": f"p-{number % 50}",
                       "data": {"date": "2026-09-01", "evidence": "manager", "ratings": [{"competence": "STL19", "level": level}]}}).encode()


def main(endpoint, seconds):
    door = zmq.Context.instance().socket(zmq.DEALER)
    door.linger = 0
    door.connect(endpoint)
    door.send_multipart([b"ping", b"0", b""])
    assert door.poll(ANSWER_S * 1000), "no answer to a first ping"
    door.recv_multipart()
    total, sent, bad, waiting, took = int(float(seconds) * RATE), 0, 0, {}, []
    began = time.monotonic()
    while sent < total or waiting:
        now = time.monotonic()
        if sent < total and began + sent / RATE <= now:
            rid = b"%d" % sent
            waiting[rid] = began + sent / RATE  # when it should have been sent: a wait before sending counts too
            door.send_multipart([b"push", rid, body(sent)])
            sent += 1
            continue
        until = began + sent / RATE if sent < total else now + ANSWER_S
        if not door.poll(max(0, int((until - now) * 1000))):
            if sent == total:
                break
            time.sleep(max(0.0, min(until - time.monotonic(), 0.001)))
            continue
        status, rid, reply = door.recv_multipart()
        took.append(time.monotonic() - waiting.pop(rid))
        bad += status != b"ok" or json.loads(reply)["rejected"] != 0
    took.sort()
    at = lambda share: took[min(len(took) - 1, int(len(took) * share))] * 1000  # noqa: E731
    print(json.dumps({"acknowledged": len(took), "bad": bad, "unanswered": len(waiting), "p50_ms": at(0.5), "p99_ms": at(0.99), "max_ms": took[-1] * 1000}))


if __name__ == "__main__":
    main(*sys.argv[1:])
