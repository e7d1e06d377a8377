#!/usr/bin/env node
// A client of needsd in JavaScript, to run and to copy from. Written from docs/protocol.md; needs ZeroMQ.js 6 (npm ci).
//   needs-client.mjs push FILE.ndjson                          one event a line; prints what was rejected, and where in it
//   needs-client.mjs follow FILE --name NAME [--topic T ...]   every publication once into FILE, one a line, until Ctrl-C
// The daemon is at $NEEDS_SERVER. Exit status: 0 done, 1 something was rejected or refused, 2 wrong usage.
import { appendFileSync, fsyncSync, openSync, readFileSync, truncateSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Dealer, Request } from "zeromq";

const SERVER = process.env.NEEDS_SERVER ?? process.env.NEEDS_DOOR ?? "ipc:///run/needsd/door";
const WINDOW = 50; // publications that may be on their way to us
const silence = (fault) => { if (fault.code !== "EAGAIN") throw fault; }; // a time-out; anything else is a fault of ours
const say = (place, { code, message }) => console.log(`${place}: ${code}: ${message}`);
const noAnswer = () => { noAnswer.said ??= console.error(`no good answer from ${SERVER} yet; trying on`) ?? true; }; // said once
const jsonFault = (text) => { try { JSON.parse(text); } catch (fault) { return fault; } };
const refused = (place, faults) => { faults.forEach((fault) => say(place, fault)); process.exit(1); };
process.on("uncaughtException", (fault) => { console.error(fault.code ? fault.message : fault); process.exit(1); }); // no such file

// Silence means unknown, busy means not now: the cure for both is to send the same again, for the daemon detects duplicates.
async function request(place, verb, body) {
  for (const pause of [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10, 10]) {
    const socket = new Request({ linger: 0, sendTimeout: 1000, receiveTimeout: 5000 });
    socket.connect(SERVER); // a new one for each attempt: a late answer goes with the old one
    const reply = await socket.send([verb, "1", body]).then(() => socket.receive()).catch(silence);
    socket.close();
    if (String(reply?.[0]) === "ok") return JSON.parse(reply[2]);
    if (reply && JSON.parse(reply[2])[0].code !== "busy") refused(place, JSON.parse(reply[2]));
    noAnswer(); // silent or busy
    await sleep(1000 * pause);
  }
  refused(SERVER, [{ code: "silence", message: "no answer; given up" }]);
}

async function push(path) {
  const every = readFileSync(path, "utf8").split("\n").map((text, i) => [i + 1, text, jsonFault(text)]).filter(([, text]) => text.trim());
  const lines = every.filter(([n, , fault]) => !fault || say(`${path}:${n}`, { code: "not-json", message: fault.message }));
  const count = { accepted: 0, duplicate: 0, rejected: every.length - lines.length };
  const size = lines.reduce((n, [, text]) => Math.max(1, Math.min(n, Math.floor(1_000_000 / Buffer.byteLength(text)))), 1000); // 1 MiB
  for (let i = 0; i < lines.length; i += size) {
    const batch = lines.slice(i, i + size);
    const { results } = await request(`${path} from line ${batch[0][0]} on`, "push", `[${batch.map(([, text]) => text)}]`);
    if (results.length !== batch.length) throw new Error("not one result for each event: nothing is known of them");
    for (const { index, id, status, errors = [] } of results) {
      count[status] += 1;
      errors.forEach((fault) => say(`${path}:${batch[index][0]}: ${id} at ${fault.pointer}`, fault));
    }
  }
  console.log(Object.entries(count).map(([status, n]) => `${n} ${status}`).join(", "));
  return count.rejected ? 1 : 0;
}

// Where to go on: from the cursor of the last whole line. A line without an end is cut off: we were killed while writing it.
function resume(path) {
  const text = readFileSync(path), whole = text.lastIndexOf("\n") + 1;
  truncateSync(path, whole);
  const last = text.subarray(0, whole).toString().trimEnd().split("\n").at(-1);
  return last ? { from: JSON.parse(last).cursor } : { since: "start" };
}

// One follow, until silence: a time-out when sending, or the end of the lease.
async function session(socket, path, log, body) {
  await socket.send(["follow", "f", JSON.stringify({ ...body, ...resume(path), credit: WINDOW })]);
  let cursor, lease = 5, used = 0, renewed = Date.now(), heard = Date.now();
  while (Date.now() < heard + 1000 * lease) {
    if (cursor && (2 * used >= WINDOW || Date.now() > renewed + (1000 * lease) / 3)) {
      fsyncSync(log); // acknowledged is only what is safe here
      await socket.send(["credit", "f", JSON.stringify({ add: used, cursor })]);
      await socket.send(["ping", "p", ""]); // the answer tells a quiet daemon from a dead one
      [used, renewed] = [0, Date.now()];
    }
    socket.receiveTimeout = 250 * lease;
    const reply = await socket.receive().catch(silence);
    if (!reply) continue;
    const record = JSON.parse(reply[2]);
    if (String(reply[0]) === "error") return ["lease-expired", "busy"].includes(record[0].code) || refused("follow", record); // or stay away
    [heard, cursor, lease] = [Date.now(), record.cursor ?? cursor, record.lease_s ?? lease]; // a ping's answer has neither
    if (record.publication) used += 1, appendFileSync(log, `${JSON.stringify(record)}\n`); // the effect and its cursor together
  }
}

async function follow(path, body) {
  for (const log = openSync(path, "a"); ; await sleep(200)) { // for each connection a new socket with a new routing id
    const routingId = randomBytes(16).toString("hex"), heartbeat = { heartbeatInterval: 5000, heartbeatTimeout: 15000 };
    const socket = new Dealer({ routingId, linger: 0, sendTimeout: 1000, reconnectInterval: -1, ...heartbeat });
    socket.connect(SERVER);
    await session(socket, path, log, body).catch(silence);
    noAnswer(); // silent, busy, or too late for the lease
    socket.close();
  }
}

const { positionals: [command, path], values } =
  parseArgs({ allowPositionals: true, options: { name: { type: "string" }, topic: { type: "string", multiple: true } } });
if (command === "push" && path) process.exit(await push(path));
if (command === "follow" && path && values.name) await follow(path, { name: values.name, topics: values.topic });
console.error("usage: needs-client.mjs push FILE.ndjson | follow FILE --name NAME [--topic T ...]");
process.exit(2);
