"""Not JSON, accepted: the daemon's readers beside two others, over every kind of text and over changed documents."""
import json
import random

import pytest

from attack import length
from door import Fault
from grammar import cases, node_says, python_says
from samples import KINDS, good

PIECES = [b'"', b"\\", b"\\u0000", b"\\ud83d", b"\\ude00", b"\\u00e9", b"null", b"nul", b"true", b"{", b"}", b"[", b"]", b",", b":", b"-", b"+", b"0", b"00", b".", b"1e5", b"e", b"1.",
          b" ", b"\t", b"\n", b"\r", b"\x0b", b"\x0c", b"\x00", b"\x1f", b"\x7f", b"\xc2\xa0", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\xff", b"\xed\xa0\x80", b"\xc0\x80",
          b"\xf0\x9f\x98\x80", b"//", b"/**/", b"#", b"'", b'"id":1,', b'"a":1,"a":2', b"NaN", b"Infinity", b"{}", b"[]", b'""', b'"x']


def says(reply):
    """`reject` when the body as a whole is not JSON, `strict` when something in it is not, else `accept`."""
    if isinstance(reply, Fault):
        return "reject" if "not-json" in reply.codes else "accept"
    codes = {e["code"] for r in reply["results"] for e in r.get("errors", [])}
    return "strict" if "not-json" in codes else "accept"


def asked(door, verb, texts):
    """What the daemon says to each, many on their way at once."""
    out = []
    for start in range(0, len(texts), 50):
        rids = [door.send(verb, text) for text in texts[start:start + 50]]
        for rid in rids:
            try:
                out.append(door.wait(rid))
            except Fault as fault:
                out.append(fault)
    return out



def test_second_readers_agree_with_the_cases():
    """Their verdicts were not made by the daemon's reader alone."""
    listed = cases()
    for verdict, name, text in listed:
        said = python_says(text)
        assert said == verdict or (name.startswith("nul-") and said == "accept"), (name, said)
    read = node_says([text for _, _, text in listed])
    for (verdict, name, _), good_for_node in zip(listed, read or [], strict=bool(read)):
        assert good_for_node == (verdict != "reject"), name


def test_every_case_through_the_door(needsd):
    """As the body of `check`, and as that of `ask`, which has no neighbours to spare."""
    door, listed = needsd.door(), [c for c in cases() if c[2]]
    for (verdict, name, text), reply in zip(listed, asked(door, "check", [text for _, _, text in listed]), strict=True):
        said = says(reply)
        wanted = "accept" if name.startswith("nul-") else verdict
        assert said == wanted, (name, text, reply)
        if verdict == "reject":
            assert 0 <= reply.errors[0]["offset"] <= len(text), (name, reply)
    for (verdict, name, text), reply in zip(listed, asked(door, "ask", [text for _, _, text in listed]), strict=True):
        assert isinstance(reply, Fault), (name, reply)  # none of them is a question
        assert ("not-json" in reply.codes) == (verdict != "accept"), (name, text, reply)


def test_inside_a_good_event(needsd):
    """Each case where a member's value stands: a good event beside it is taken whenever the whole is JSON."""
    door, neighbour = needsd.door(), json.dumps(good("person.left", "neighbour")).encode()
    listed = [c for c in cases() if c[0] != "reject"]
    event = json.dumps(good("person.left", "x", extra="HERE")).encode()
    bodies = [b"[" + event.replace(b'"HERE"', text) + b"," + neighbour + b"]" for _, _, text in listed]
    for (verdict, name, _), reply in zip(listed, asked(door, "check", bodies), strict=True):
        first, second = reply["results"]
        assert second["status"] == "accepted", (name, reply)
        codes = {e["code"] for e in first["errors"]}
        deep = name.startswith("depth-")  # one level more, within the event
        assert ("not-json" in codes) == ((verdict == "strict" and not name.startswith("nul-")) or (deep and name == "depth-arrays-32")), (name, reply)


def mutant(rng):
    """A good event or a batch, changed in a few places, or cut, or with something behind it."""
    text = bytearray(json.dumps(good(rng.choice(KINDS), "x") if rng.random() < 0.8 else [good("person.left", "x"), {"a": [1.5, None, "é\n"]}],
                                ensure_ascii=rng.random() < 0.5, indent=rng.choice([None, None, 1])).encode())
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        way, at = rng.randrange(6), rng.randrange(len(text) + 1)
        if way == 0:
            text[at:] = b""
        elif way == 1:
            text += rng.choice(PIECES)
        elif way == 2:
            text[at:at + rng.randrange(4)] = bytes([rng.randrange(256)])
        else:
            text[at:at + rng.choice([0, 0, 1, 2, 9])] = rng.choice(PIECES)
    return bytes(text)


@pytest.mark.parametrize("seed", [1, 2])
def test_mutants_beside_second_readers(needsd, seed):
    """Thousands of changed documents: the daemon and the others say the same of each."""
    door, rng = needsd.door(), random.Random(seed)
    for _ in range(length(2)):
        texts = [t for t in (mutant(rng) for _ in range(1000)) if t]
        said = [says(reply) for reply in asked(door, "check", texts)]
        wrong = [(t, s, python_says(t)) for t, s in zip(texts, said, strict=True) if s != python_says(t)]
        assert wrong == [], (len(wrong), wrong[0])
        read = node_says(texts)
        wrong = [(t, s) for t, s, r in zip(texts, said, read or [], strict=bool(read)) if r != (s != "reject")]
        assert wrong == [], (len(wrong), wrong[0])
        assert all(said.count(kind) > 50 for kind in ("accept", "reject")) and "strict" in said
