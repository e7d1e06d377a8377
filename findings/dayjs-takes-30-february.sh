#!/usr/bin/env bash
# Guess:   isValid() of a date library is false for a day that does not exist.
# True:    dayjs says true for 2026-02-30 and means 2 March; luxon and date-fns say no. A client that checks with dayjs sends a
#          certificate's date that the school never wrote.
# needsd:  refuses a date that does not exist, with the member's place; the client writes what the sheet says and never what a
#          library made of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts dayjs@1.11.23 luxon@3.7.2 date-fns@4.4.0 >npm.log 2>&1 || { cat npm.log >&2; exit 2; }
cat >read.mjs <<'JS'
import dayjs from "dayjs";
import { DateTime } from "luxon";
import { isValid, parseISO } from "date-fns";
const text = "2026-02-30";
console.log("dayjs:", dayjs(text).isValid(), dayjs(text).format("YYYY-MM-DD"));
console.log("luxon:", DateTime.fromISO(text).isValid);
console.log("date-fns:", isValid(parseISO(text)));
JS
echo "dayjs $(node -p 'require("./node_modules/dayjs/package.json").version'), luxon 3.7.2, date-fns 4.4.0"
node read.mjs | tee seen
diff seen - <<'TXT'
dayjs: true 2026-03-02
luxon: false
date-fns: false
TXT
