#!/usr/bin/env bash
# Guess:   what a strict JSON parser accepts is JSON.
# True:    yajl 2.1.0 takes form feeds and vertical tabs between values as white space, and says that a document is complete when the
#          beginning of a text follows it that never ends.
# needsd:  looks at the bytes itself before the parser does, and holds the daemon to the verdicts of a second parser by test.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fetch() { # package version: unpacked into the temporary folder
  (cd "$folder" && apt-get download -qq "$1=$2" >/dev/null 2>&1) || { echo "Debian offers $1 $2 no more (or apt-get update was not run)" >&2; exit 2; }
  dpkg-deb -x "$folder"/"$1"_*.deb "$folder/root"
}
flags() { echo "-I$folder/root/usr/include -L$folder/root/usr/lib/$(gcc -print-multiarch) -L$folder/root/lib/$(gcc -print-multiarch) -Wl,-rpath,$folder/root/usr/lib/$(gcc -print-multiarch):$folder/root/lib/$(gcc -print-multiarch)"; }
fetch libyajl2 2.1.0-3+deb12u2
fetch libyajl-dev 2.1.0-3+deb12u2
cat >"$folder/read.c" <<'C'
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_parse.h>

int main(void) {
  const struct { const char *what, *text; } cases[] = {{"an array", "[1]"}, {"a form feed inside", "[\f1]"}, {"a vertical tab inside", "[1\v]"},
                                                       {"a number after it", "[1] 2"}, {"an unclosed text after it", "[1] \"a"}};
  for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
    static const yajl_callbacks nothing;
    yajl_handle handle = yajl_alloc(&nothing, NULL, NULL);
    yajl_status status = yajl_parse(handle, (const unsigned char *)cases[i].text, strlen(cases[i].text));
    if (status == yajl_status_ok) status = yajl_complete_parse(handle);
    printf("%s: %s\n", cases[i].what, status == yajl_status_ok ? "accepted" : "refused");
    yajl_free(handle);
  }
}
C
gcc -o "$folder/read" "$folder/read.c" $(flags) -lyajl
echo "yajl 2.1.0 (Debian 2.1.0-3+deb12u2)"
"$folder/read" | tee "$folder/seen"
diff "$folder/seen" - <<'TXT'
an array: accepted
a form feed inside: accepted
a vertical tab inside: accepted
a number after it: refused
an unclosed text after it: accepted
TXT
