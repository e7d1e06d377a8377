#!/usr/bin/python3
"""A client of needsd in Python, to run and to copy from. Written from docs/protocol.md; needs pyzmq (python3-zmq).
  needs_client.py push FILE.ndjson                          one event a line; prints what was rejected, and where in it
  needs_client.py follow FILE --name NAME [--topic T ...]   every publication once into FILE, one a line, until Ctrl-C
The daemon is at $NEEDS_SERVER. Exit status: 0 done, 1 something was rejected or refused, 2 wrong usage."""
import contextlib, functools, json, os, sys, time, zmq

SERVER = os.environ.get("NEEDS_SERVER") or os.environ.get("NEEDS_DOOR", "ipc:///run/needsd/door")
WINDOW = 50  # publications that may be on their way to us
no_answer = functools.cache(lambda: print(f"no good answer from {SERVER} yet; trying on", file=sys.stderr))  # said once

def connect(kind, **options):
    socket = zmq.Context.instance().socket(kind)
    for name, value in {"linger": 0, "sndtimeo": 1000, "rcvtimeo": 5000, **options}.items():
        setattr(socket, name, value)  # options count only before connecting
    socket.connect(SERVER)
    return socket

def refused(place, faults):
    sys.exit("\n".join(f"{place}: {fault['code']}: {fault['message']}" for fault in faults))

def request(place, verb, body):
    """Silence means unknown, busy means not now: the cure for both is to send the same again, for the daemon detects duplicates."""
    for pause in (0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10, 10):
        with connect(zmq.REQ) as socket, contextlib.suppress(zmq.Again):  # a new one for each attempt: late answers go with the old one
            socket.send_multipart([verb, b"1", body])
            status, _, answer = socket.recv_multipart()
            if status == b"ok":
                return json.loads(answer)
            json.loads(answer)[0]["code"] == "busy" or refused(place, json.loads(answer))
        no_answer()  # silent or busy
        time.sleep(pause)
    sys.exit(f"no answer from {SERVER}; given up")

def push(path):
    lines, count = [], {"accepted": 0, "duplicate": 0, "rejected": 0}
    for number, line in enumerate(open(path, "rb"), 1):
        try:  # a line that is no JSON would spoil its whole batch; int() fails as it should at NaN, which Python would take
            line.strip() and lines.append((number, line.strip(), json.loads(line.decode(), parse_constant=int)))
        except (ValueError, RecursionError) as fault:
            count["rejected"] += 1
            print(f"{path}:{number}: not-json: {fault}")
    size = max(1, min(1000, 1_000_000 // max((len(line) for _, line, _ in lines), default=1)))  # no batch over 1,000 events or 1 MiB
    for batch in (lines[i:i + size] for i in range(0, len(lines), size)):
        results = request(f"{path} from line {batch[0][0]} on", b"push", b"[%b]" % b",".join(line for _, line, _ in batch))["results"]
        for (number, *_), verdict in zip(batch, results, strict=True):  # one for each, or nothing is known
            count[verdict["status"]] += 1
            for fault in verdict.get("errors", ()):
                print(f"{path}:{number}: {verdict['id']} at {fault['pointer']}: {fault['code']}: {fault['message']}")
    print(", ".join(f"{n} {status}" for status, n in count.items()))
    return 1 if count["rejected"] else 0

def resume(log):
    """Where to go on: from the cursor of the last whole line. A line without an end is cut off: we were killed in it."""
    log.seek(0)
    whole = [line for line in log if line.endswith(b"\n")]
    log.truncate(sum(len(line) for line in whole))
    return {"from": json.loads(whole[-1])["cursor"]} if whole else {"since": "start"}

def session(socket, log, body):
    """One follow, until silence: zmq.Again, or the end of the lease."""
    socket.send_multipart([b"follow", b"f", json.dumps({**body, **resume(log), "credit": WINDOW}).encode()])
    cursor, lease, used, renewed, heard = None, 5, 0, time.monotonic(), time.monotonic()
    while time.monotonic() < heard + lease:
        if cursor and (2 * used >= WINDOW or time.monotonic() > renewed + lease / 3):
            os.fsync(log.fileno())  # acknowledged is only what is safe here
            socket.send_multipart([b"credit", b"f", json.dumps({"add": used, "cursor": cursor}).encode()])
            socket.send_multipart([b"ping", b"p", b""])  # the answer tells a quiet daemon from a dead one
            used, renewed = 0, time.monotonic()
        if not socket.poll(250 * lease):
            continue
        (status, _, record), heard = socket.recv_multipart(), time.monotonic()
        record = json.loads(record)
        if status == b"error":
            return record[0]["code"] in ("lease-expired", "busy") or refused("follow", record)  # taken over: stay away
        cursor, lease = record.get("cursor", cursor), record.get("lease_s", lease)  # a ping's answer has neither
        if "publication" in record:
            used += 1
            log.write(json.dumps(record).encode() + b"\n")  # the effect and its cursor together
            log.flush()

def follow(path, **body):
    while True:  # for each connection a new socket with a new routing id, never reconnecting behind our back
        options = dict(routing_id=b"\x01" + os.urandom(16), reconnect_ivl=-1, heartbeat_ivl=5000, heartbeat_timeout=15000)
        with contextlib.suppress(zmq.Again), open(path, "a+b") as log, connect(zmq.DEALER, **options) as socket:
            session(socket, log, body)
        no_answer()  # silent, busy, or too late for the lease
        time.sleep(0.2)

try:
    match sys.argv[1:]:
        case ["push", path]:
            sys.exit(push(path))
        case ["follow", path, "--name", name, *topics]:  # --topic T --topic T
            follow(path, name=name, **({"topics": topics[1::2]} if topics else {}))
    print(__doc__, file=sys.stderr)
    sys.exit(2)
except (OSError, zmq.ZMQError, KeyboardInterrupt) as fault:  # no such file, no such endpoint, Ctrl-C (which says nothing)
    sys.exit(str(fault) or sys.argv[1] == "push")
