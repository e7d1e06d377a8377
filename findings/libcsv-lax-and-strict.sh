#!/usr/bin/env bash
# Guess:   a CSV reader drops the byte-order mark that spreadsheets write, and after a fault in one row goes on with the next.
# True:    libcsv 3.0.3 hands the mark over as part of the first heading, so the column "person" is not found; blank lines are
#          passed over, so a row's number is not its line; strict reading stops at the first fault and says no more of the rest.
# needsd:  takes the mark off, asks for blank rows (CSV_REPALL_NL), and after a fault begins again at the next line's end.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fetch() { # package version: unpacked into the temporary folder
  (cd "$folder" && apt-get download -qq "$1=$2" >/dev/null 2>&1) || { echo "Debian offers $1 $2 no more (or apt-get update was not run)" >&2; exit 2; }
  dpkg-deb -x "$folder"/"$1"_*.deb "$folder/root"
}
flags() { echo "-I$folder/root/usr/include -L$folder/root/usr/lib/$(gcc -print-multiarch) -L$folder/root/lib/$(gcc -print-multiarch) -Wl,-rpath,$folder/root/usr/lib/$(gcc -print-multiarch):$folder/root/lib/$(gcc -print-multiarch)"; }
fetch libcsv3 3.0.3+dfsg-6
fetch libcsv-dev 3.0.3+dfsg-6
cat >"$folder/read.c" <<'C'
#include <csv.h>
#include <stdio.h>
#include <string.h>

static int rows;
static void field(void *text, size_t length, void *user) {
  (void)user;
  if (rows == 0 && length > 0 && ((unsigned char *)text)[0] == 0xef) printf("first heading: mark and %zu letters\n", length - 3);
}
static void row(int end, void *user) { (void)end, (void)user, rows++; }

int main(void) {
  const char *texts[] = {"\xef\xbb\xbfperson,level\n\n\nHS001,3\n", "person,note\nHS001,\"said \"yes\" twice\"\nHS002,\nHS003,\n"};
  for (int i = 0; i < 2; i++) {
    struct csv_parser parser;
    csv_init(&parser, i == 1 ? CSV_STRICT : 0);
    rows = 0;
    size_t taken = csv_parse(&parser, texts[i], strlen(texts[i]), field, row, NULL);
    if (taken == strlen(texts[i])) csv_fini(&parser, field, row, NULL);
    printf("%s: %d rows, %zu of %zu bytes taken\n", i == 1 ? "strict" : "with a mark and two blank lines", rows, taken, strlen(texts[i]));
    csv_free(&parser);
  }
}
C
gcc -o "$folder/read" "$folder/read.c" $(flags) -lcsv
echo "libcsv 3.0.3 (Debian 3.0.3+dfsg-6)"
"$folder/read" | tee "$folder/seen"
diff "$folder/seen" - <<'TXT'
first heading: mark and 6 letters
with a mark and two blank lines: 2 rows, 26 of 26 bytes taken
strict: 1 rows, 25 of 51 bytes taken
TXT
