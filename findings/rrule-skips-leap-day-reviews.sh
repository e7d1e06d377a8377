#!/usr/bin/env bash
# Guess:   "every year from 29 February" gives a day each year, and "every month from the 31st" a day each month.
# True:    rrule, as iCalendar says it should, leaves out years and months that have no such day, without a word: a yearly review is
#          next due after four years. Date libraries that add twelve months give 28 February, JavaScript's own Date gives 1 March.
# needsd:  adds the months of a refresh and takes the month's last day where the day does not exist.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts rrule@2.8.1 date-fns@4.4.0 >npm.log 2>&1 || { cat npm.log >&2; exit 2; }
cat >read.mjs <<'JS'
import rrule from "rrule";
import { addMonths } from "date-fns";
const day = (date) => date.toISOString().slice(0, 10);
const dates = (freq, from, count) => new rrule.RRule({ freq, dtstart: from, count }).all().map(day).join(" ");
const leap = new Date(Date.UTC(2024, 1, 29));
console.log("rrule, yearly:", dates(rrule.RRule.YEARLY, leap, 3));
console.log("rrule, monthly:", dates(rrule.RRule.MONTHLY, new Date(Date.UTC(2026, 0, 31)), 3));
console.log("date-fns, twelve months on:", day(addMonths(leap, 12)));
const own = new Date(leap);
own.setUTCFullYear(2025);
console.log("Date, a year on:", day(own));
JS
echo "rrule $(node -p 'require("./node_modules/rrule/package.json").version'), date-fns 4.4.0, node $(node --version)"
TZ=UTC node read.mjs | tee seen
diff seen - <<'TXT'
rrule, yearly: 2024-02-29 2028-02-29 2032-02-29
rrule, monthly: 2026-01-31 2026-03-31 2026-05-31
date-fns, twelve months on: 2025-02-28
Date, a year on: 2025-03-01
TXT
