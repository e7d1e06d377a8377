#!/usr/bin/env bash
# Guess:   a line that is too long for the parser is an error.
# True:    inih 55 cuts a line at 199 characters and hands over what is left; the rest of the line is read as a line of its own. Where
#          it holds no '=' the error names a line that the file does not have; where it holds one, it becomes another option, and
#          nothing is said. A section's name is cut at 49 characters, which is not an error either.
# needsd:  looks at each line before inih gets it, and refuses one that is too long, by its number.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fetch() { # package version: unpacked into the temporary folder
  (cd "$folder" && apt-get download -qq "$1=$2" >/dev/null 2>&1) || { echo "Debian offers $1 $2 no more (or apt-get update was not run)" >&2; exit 2; }
  dpkg-deb -x "$folder"/"$1"_*.deb "$folder/root"
}
flags() { echo "-I$folder/root/usr/include -L$folder/root/usr/lib/$(gcc -print-multiarch) -L$folder/root/lib/$(gcc -print-multiarch) -Wl,-rpath,$folder/root/usr/lib/$(gcc -print-multiarch):$folder/root/lib/$(gcc -print-multiarch)"; }
fetch libinih1 55-1
fetch libinih-dev 55-1
cat >"$folder/read.c" <<'C'
#include <ini.h>
#include <stdio.h>
#include <string.h>

static int take(void *user, const char *section, const char *name, const char *value) {
  (void)user;
  printf("section of %zu characters, %s of %zu\n", strlen(section), strlen(name) > 20 ? "an option of zeros" : name, strlen(value));
  return 1;
}

int main(void) { printf("ini_parse_file says %d\n", ini_parse_file(stdin, take, NULL)); }
C
gcc -o "$folder/read" "$folder/read.c" $(flags) -linih
{
  printf '[%060d]\n' 0
  printf 'short = value\n'
  printf 'long = %0300d\n' 0
} >"$folder/without.ini"
sed '3s/$/ listen = here/' "$folder/without.ini" >"$folder/with.ini"
echo "inih 55 (Debian 55-1); three lines: a section of 60 characters, a short option, a value of 300 characters"
for file in without with; do
  echo "$file another '=' in the value:"
  "$folder/read" <"$folder/$file.ini"
done | tee "$folder/seen"
diff "$folder/seen" - <<'TXT'
without another '=' in the value:
section of 49 characters, short of 5
section of 49 characters, long of 192
ini_parse_file says 4
with another '=' in the value:
section of 49 characters, short of 5
section of 49 characters, long of 192
section of 49 characters, an option of zeros of 4
ini_parse_file says 0
TXT
