#!/usr/bin/env bash
# Guess:   a number on a command line is decimal, and an empty one is an error.
# True:    popt hands the text to strtoll with base 0: 010 is 8, 0x10 is 16, and an empty text is 0. Somebody who types 060 minutes
#          gives 48.
# needsd:  the command line takes numbers as text and reads them itself: decimal digits, bounds, and a message.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fetch() { # package version: unpacked into the temporary folder
  (cd "$folder" && apt-get download -qq "$1=$2" >/dev/null 2>&1) || { echo "Debian offers $1 $2 no more (or apt-get update was not run)" >&2; exit 2; }
  dpkg-deb -x "$folder"/"$1"_*.deb "$folder/root"
}
flags() { echo "-I$folder/root/usr/include -L$folder/root/usr/lib/$(gcc -print-multiarch) -L$folder/root/lib/$(gcc -print-multiarch) -Wl,-rpath,$folder/root/usr/lib/$(gcc -print-multiarch):$folder/root/lib/$(gcc -print-multiarch)"; }
fetch libpopt0 1.19+dfsg-1
fetch libpopt-dev 1.19+dfsg-1
cat >"$folder/read.c" <<'C'
#include <popt.h>
#include <stdio.h>

int main(int argc, const char **argv) {
  int minutes = -1;
  struct poptOption options[] = {{"minutes", 0, POPT_ARG_INT, &minutes, 0, NULL, NULL}, POPT_TABLEEND};
  poptContext context = poptGetContext("read", argc, argv, options, 0);
  int rc = poptGetNextOpt(context);
  printf("%s is %d%s%s\n", argv[1], minutes, rc < -1 ? ", " : "", rc < -1 ? poptStrerror(rc) : "");
  poptFreeContext(context);
}
C
gcc -o "$folder/read" "$folder/read.c" $(flags) -lpopt
echo "popt 1.19 (Debian 1.19+dfsg-1)"
for text in 60 060 0x60 "" 60min; do "$folder/read" "--minutes=$text"; done | tee "$folder/seen"
diff "$folder/seen" - <<'TXT'
--minutes=60 is 60
--minutes=060 is 48
--minutes=0x60 is 96
--minutes= is 0
--minutes=60min is -1, invalid numeric value
TXT
