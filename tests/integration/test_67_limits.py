"""The limits of docs/protocol.md section 12 and the lengths of section 2: the last that is taken, and the first that is not. The
numbers stand here as the page says them, not as the code does."""
import json

import pytest
import zmq

from door import Fault, post
from samples import good

KIB = 1024


def verdict(door, event):
    """What `check` says of one event: [] or the codes."""
    return [e["code"] for e in door.request("check", [event])["results"][0].get("errors", [])]


def padded(event, size):
    """The event as JSON of exactly so many bytes: white space between its members."""
    text = json.dumps(event)
    return (text[:-1] + " " * (size - len(text)) + "}").encode()


@pytest.mark.parametrize("size,code", [(64 * KIB, None), (64 * KIB + 1, "too-large")])
def test_limit_of_an_event(needsd, size, code):
    """Alone and in a batch; its neighbours are judged."""
    door = needsd.door()
    body = padded(post("p-1"), size)
    assert len(body) == size
    for raw in (body, b"[" + body + b"," + json.dumps(post("p-2")).encode() + b"]"):
        first, *others = door.request("check", raw)["results"]
        assert [e["code"] for e in first.get("errors", [])] == ([code] if code else [])
        assert [r["status"] for r in others] == ["accepted"] * len(others)


@pytest.mark.parametrize("size,taken", [(KIB * KIB, True), (KIB * KIB + 1, False)])
def test_limit_of_a_batch_in_bytes(needsd, size, taken):
    body = json.dumps([post("p-1")]).encode()
    body = body + b" " * (size - len(body))
    if taken:
        assert needsd.door().request("check", body)["accepted"] == 1
        return
    with pytest.raises(Fault) as fault:
        needsd.door().request("check", body)
    assert fault.value.codes == ["too-large"]


@pytest.mark.parametrize("n,taken", [(1000, True), (1001, False)])
def test_limit_of_a_batch_in_events(needsd, n, taken):
    events = [{**post("p-1"), "id": f"n-{i}"} for i in range(n)]
    if taken:
        assert needsd.door().request("check", events)["accepted"] == 1000
        return
    with pytest.raises(Fault) as fault:
        needsd.door().request("check", events)
    assert fault.value.codes == ["too-large"]


@pytest.mark.parametrize("member,most", [("id", 128), ("source", 256), ("supersedes", 128), ("school", 64), ("subject", 64), ("authority", 64)])
def test_limit_of_names(needsd, member, most):
    """The longest that the page allows is taken; of an authority that is as long as that, only its being unknown is said."""
    door = needsd.door()
    longest = verdict(door, {**post("p-1"), member: "x" * most})
    assert longest == (["unknown-authority"] if member == "authority" else [])
    beyond = verdict(door, {**post("p-1"), member: "x" * (most + 1)})
    assert beyond and beyond != longest


@pytest.mark.parametrize("depth,code", [(32, "unknown-member"), (33, "not-json")])
def test_limit_of_nesting(needsd, depth, code):
    """The event itself is the first level."""
    deep = "[" * (depth - 1) + "]" * (depth - 1)
    text = json.dumps(good("person.left", "deep"))[:-1] + ',"more":' + deep + "}"
    first = needsd.door().request("check", text.encode())["results"][0]
    assert [e["code"] for e in first["errors"]] == [code]


@pytest.mark.parametrize("n", [1000, 1001])
def test_limit_of_faults_in_a_reply(needsd, n):
    events = [{**post("p-1"), "id": f"n-{i}", **{f"m{k}": 0 for k in range(50)}} for i in range(20)]
    events += [{**post("p-1"), "id": "one-more", "m": 0}] * (n - 1000)
    faults = [e["code"] for r in needsd.door().request("check", events)["results"] for e in r.get("errors", [])]
    assert faults == ["unknown-member"] * 1000 + ["more-faults"] * (n - 1000)


def test_limit_of_a_small_verb(needsd):
    """Bodies of verbs that carry no events have at most 64 KiB."""
    door = needsd.door()
    assert door.request("ping", b"{}".ljust(64 * KIB))["protocol"] == 1
    with pytest.raises(Fault) as fault:
        door.request("ping", b"{}".ljust(64 * KIB + 1))
    assert fault.value.codes == ["too-large"]


def test_limit_of_a_message(needsd):
    """1.25 MiB are read, and answered as too large a batch; one byte more and the connection is cut."""
    most = 1280 * KIB
    with pytest.raises(Fault) as fault:
        needsd.door().request("check", b"[]".ljust(most))
    assert fault.value.codes == ["too-large"]
    door = needsd.door()
    monitor = door.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    door.request("ping")
    door.send("check", b"[]".ljust(most + 1))
    assert monitor.poll(20000), "the connection is still there"
    door.socket.disable_monitor()
    assert needsd.door().request("ping")["protocol"] == 1
