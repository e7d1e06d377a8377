"""The third chapter: somebody writes a client. The ones that are there to be copied follow durably, are killed, and go on."""
import json
import shutil

from stage import ROOT, Background, Stage, Wrong, aside, heading, say

TITLE = "A client author"
PYTHON = "/usr/bin/python3"


def tell(build):
    stage = Stage(build)
    try:
        start(stage)
        follow(stage, "python", f"{PYTHON} {ROOT}/clients/python/needs_client.py")
        node(stage)
        end(stage)
    finally:
        stage.finish()


def start(stage):
    heading("1. Start", "docs/protocol.md and docs/schema/ are all that a client needs. Two clients of under 100 lines were written from them.")
    stage.begin()
    stage.run(f"wc -l {ROOT}/clients/python/needs_client.py {ROOT}/clients/node/needs-client.mjs")


def kept(stage, name):
    """What the client has in its file, each publication's school and sequence."""
    path = stage.dir / f"{name}.ndjson"
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    return [json.loads(line)["publication"] for line in lines]


def told(stage):
    """Everything that the daemon said, by the command line: one publication a line."""
    count = json.loads(stage.quiet("needs --json status"))["publications"]
    if count == 0:
        return []
    said = stage.quiet(f"needs --json watch --since start --count {count}")
    return [json.loads(line) for line in said.splitlines()]


def follow(stage, name, client):
    log = stage.dir / f"{name}.ndjson"
    heading("2. In Python", "It pushes, and follows into a file: a line is a publication with its cursor, flushed before it is acknowledged.")
    command = f"{client} follow {log} --name demo-{name}"
    first = Background(stage, command, "follower")
    stage.run(f"{client} push hillside-people.ndjson", says=["61 accepted, 0 duplicate, 0 rejected"])
    stage.until(lambda: kept(stage, name), "the follower wrote nothing", first.process)
    first.kill()
    aside("While it is dead, the world goes on", "Reviews come in, and the daemon is killed, too.")
    stage.run("needs push hillside-reviews-corrected.csv", says=["1034 accepted"])
    stage.run("needs settled")
    before = len(kept(stage, name))
    stage.kill_daemon()
    stage.start_daemon(show=False)
    aside("The same command again", "The file says where it stands.")
    second = Background(stage, command, "follower")
    compare(stage, name, second)
    second.stop()
    stage.run(f"wc -l < {log}")
    say(f"{before} were in the file when it was killed. Now it holds all that the daemon said, each once, in its order.")


def compare(stage, name, process):
    wanted = told(stage)
    stage.until(lambda: len(kept(stage, name)) >= len(wanted), "the follower did not catch up", process.process)
    if kept(stage, name) != wanted or len(wanted) < 100:
        raise Wrong("the follower's file is not what the daemon said")


def node(stage):
    modules = stage.build / "node" / "node_modules"
    heading("3. In JavaScript", "The same, with ZeroMQ.js.")
    if not shutil.which("node") or not (modules / "zeromq").is_dir():
        say("   Left out: there is no node here, or ./dev could not fetch ZeroMQ.js.")
        return
    program = stage.dir / "needs-client.mjs"
    shutil.copy(ROOT / "clients" / "node" / "needs-client.mjs", program)
    (stage.dir / "node_modules").symlink_to(modules)
    log = stage.dir / "node.ndjson"
    stage.run(f"node {program} push hillside-people.ndjson", says=["0 accepted, 61 duplicate, 0 rejected"])
    process = Background(stage, f"node {program} follow {log} --name demo-node", "follower")
    compare(stage, "node", process)
    process.process.terminate()
    process.process.wait()
    stage.run(f"wc -l < {log}")


def end(stage):
    heading("4. Who follows", "The daemon knows its durable followers by name.")
    stage.run("needs status | head -n 8")
    stage.stop_daemon()
