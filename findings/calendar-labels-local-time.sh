#!/usr/bin/env bash
# Guess:   a calendar writer that is given an instant and a time zone writes the wall clock of that zone.
# True:    ical-generator, given a JavaScript Date, writes the wall clock of the machine it runs on under the other zone's name, and no
#          VTIMEZONE beside it; ical.js then reads the time as floating, node-ical as the zone's. A session at 09:00 in London
#          becomes 04:00 when the server keeps New York's time, and 08:00 on one that keeps UTC.
# needsd:  keeps sessions as dates and wall-clock times of the school; a sender must not take them from such a file unseen.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts ical-generator@10.2.0 ical.js@2.2.1 >npm.log 2>&1 || { cat npm.log >&2; exit 2; }
cat >write.mjs <<'JS'
import ical from "ical-generator";
import ICAL from "ical.js";
const calendar = ical({ name: "Training" });
calendar.createEvent({ id: "first-aid-1", start: new Date("2026-07-01T08:00:00Z"), end: new Date("2026-07-01T11:00:00Z"),
  timezone: "Europe/London", summary: "First aid" });
const text = calendar.toString();
const event = new ICAL.Event(new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent("vevent"));
console.log(process.env.TZ, text.match(/DTSTART.*/)[0].trim(), text.includes("VTIMEZONE") ? "with its zone" : "without its zone",
  "read as", event.startDate.zone.tzid);
JS
echo "ical-generator $(node -p 'require("./node_modules/ical-generator/package.json").version'), ical.js 2.2.1"
for zone in Europe/London UTC America/New_York; do TZ=$zone node write.mjs; done | tee seen
diff seen - <<'TXT'
Europe/London DTSTART;TZID=Europe/London:20260701T090000 without its zone read as floating
UTC DTSTART;TZID=Europe/London:20260701T080000 without its zone read as floating
America/New_York DTSTART;TZID=Europe/London:20260701T040000 without its zone read as floating
TXT
