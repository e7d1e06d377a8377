#!/usr/bin/env bash
# Guess:   a library that passes an event on leaves its attributes as they are.
# True:    the CloudEvents SDK for JavaScript writes `time` anew: in UTC, cut to milliseconds; and where an event has no `time`, it
#          writes the moment of reading, so the same event read twice differs.
# needsd:  compares `time` as an instant, cut to milliseconds, when it looks whether an event is a duplicate; the protocol's
#          document tells authors to set `time` always.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts cloudevents@10.0.0 >npm.log 2>&1 || { cat npm.log >&2; exit 2; }
cat >read.mjs <<'JS'
import { HTTP } from "cloudevents";
const read = (event) => JSON.parse(HTTP.structured(HTTP.toEvent({
  headers: { "content-type": "application/cloudevents+json" }, body: JSON.stringify(event) })).body);
const event = { specversion: "1.0", id: "review-17", source: "school-system", type: "appraisal", data: { level: 3 } };
console.log("2026-03-01T09:00:00.123456+01:00 becomes", read({ ...event, time: "2026-03-01T09:00:00.123456+01:00" }).time);
const first = read(event).time;
await new Promise((resolve) => setTimeout(resolve, 20));
console.log("an event without time", first === undefined ? "stays without" : read(event).time === first ? "gets the same twice" : "gets another each time it is read");
JS
echo "cloudevents $(node -p 'require("./node_modules/cloudevents/package.json").version'), node $(node --version)"
node read.mjs | tee seen
diff seen - <<'TXT'
2026-03-01T09:00:00.123456+01:00 becomes 2026-03-01T08:00:00.123Z
an event without time gets another each time it is read
TXT
