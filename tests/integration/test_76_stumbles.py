"""What newcomers stumbled over: what LAST is, what an undone answer leaves, and an answer that nobody heard."""
import subprocess

import zmq

from test_31_needs import HEAD, NEEDS, needs, recommended  # noqa: F401


def test_undo_last_is_the_last_one_that_is_not_undone(needs, tmp_path):  # noqa: F811
    """One further back each time, by its number; then there is nothing left, and that is said."""
    for person in ("p-1", "p-2"):
        (tmp_path / f"{person}.csv").write_text(HEAD + f"{person},2026-08-01,STL3,1,manager,\n")
        needs("push", str(tmp_path / f"{person}.csv"))
    for number in (2, 1):
        assert needs("push", "--undo", "LAST").startswith(f"push {number} is undone: 1 event withdrawn")
    assert "already undone" in needs("push", "--undo", "LAST", status=1)


def test_undoing_a_response_names_the_agreement(needs):  # noqa: F811
    """With the command that takes it back too; once that is done there is nothing to name."""
    first, other = recommended(needs, "p-1")[:2]
    needs("agree", "p-1", first, "--term", "release=met")
    needs("respond", "p-1", first, "accepted")
    needs("respond", "p-1", other, "accepted")
    assert "agreement" not in needs("push", "--undo", "3")
    said = needs("push", "--undo", "2")
    assert f"the agreement of p-1 to {first} is still recorded; undo with: needs push --undo 1\n" in said, said
    needs("push", "--undo", "1")
    needs("respond", "p-1", first, "accepted")
    assert "agreement" not in needs("push", "--undo", "LAST")


def test_an_answer_that_nobody_heard_may_be_recorded(needs, needsd, tmp_path):  # noqa: F811
    """The answer to what was sent is lost on its way: what is known is said, and the same command again finds it recorded."""
    command = ["respond", "p-1", recommended(needs, "p-1")[0], "accepted"]
    env, ways, lost = needs.env | {"NEEDS_SERVER": f"ipc://{tmp_path}/lossy"}, {}, set()
    with zmq.Context.instance().socket(zmq.ROUTER) as front, zmq.Context.instance().socket(zmq.DEALER) as back:
        front.linger = back.linger = 0
        front.bind(env["NEEDS_SERVER"])
        back.connect(needsd.endpoint)
        process = subprocess.Popen([NEEDS, *command], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while process.poll() is None:
            if front.poll(20):
                *way, verb, number, body = front.recv_multipart()
                number_here = b"%d" % len(ways)
                ways[number_here] = (way, number)
                if verb == b"push":
                    lost.add(number_here)
                back.send_multipart([verb, number_here, body])
            while back.poll(0):
                status, number, body = back.recv_multipart()
                if number not in lost:
                    front.send_multipart([*ways[number][0], status, ways[number][1], body])
        said = process.communicate()[1]
    assert process.returncode == 3 and lost, said
    assert "it is not known whether this was recorded; run the same command again: it is recorded only once" in said
    assert needs(*command).startswith("already known: ")
