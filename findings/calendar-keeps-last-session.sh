#!/usr/bin/env bash
# Guess:   two sessions of one course in a calendar file are two events for every reader.
# True:    node-ical keeps events by their UID, so of two that share one only the last is left, without an error; ical.js gives both.
#          iCalendar allows one UID twice only for changed repetitions, yet providers put the course's number there.
# needsd:  names a session by its offer and its date, and reads no calendars: a program that feeds one must not key by UID alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts node-ical@0.27.2 ical.js@2.2.1 >npm.log 2>&1 || { cat npm.log >&2; exit 2; }
cat >read.mjs <<'JS'
import ical from "node-ical";
import ICAL from "ical.js";
const session = (day) => ["BEGIN:VEVENT", "UID:food-hygiene-level-2", "DTSTAMP:20260101T000000Z", `DTSTART:202607${day}T090000`,
  `DTEND:202607${day}T120000`, `SUMMARY:Food hygiene, ${day} July`, "END:VEVENT"];
const text = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//EN", ...session("01"), ...session("08"), "END:VCALENDAR", ""].join("\r\n");
const events = Object.values(ical.sync.parseICS(text)).filter((event) => event.type === "VEVENT");
console.log("node-ical:", events.map((event) => event.summary).join("; "));
console.log("ical.js:", new ICAL.Component(ICAL.parse(text)).getAllSubcomponents("vevent").map((event) => event.getFirstPropertyValue("summary")).join("; "));
JS
echo "node-ical $(node -p 'require("./node_modules/node-ical/package.json").version'), ical.js 2.2.1"
node read.mjs | tee seen
diff seen - <<'TXT'
node-ical: Food hygiene, 08 July
ical.js: Food hygiene, 01 July; Food hygiene, 08 July
TXT
