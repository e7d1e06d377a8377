/* code - the one grammar of codes, versions and keys, and of texts that people read.
 *
 *   name        1 to 64 of A-Z a-z 0-9 . _ -, not '-' alone
 *               authorities, schools, people
 *   plain code  a name that begins with a letter or a digit
 *               versions, roles, qualifications, slugs, schools of a catalogue
 *   word code   a plain code that begins with a letter and is neither 'true' nor 'false'
 *               frameworks, competences: what a heading or a cell of a spreadsheet may name
 *   key         framework@version/code, at most 128
 *               a competence in full
 *   id          kind.rest, at most 128; a kind has no '.'
 *               a development, a recommendation
 *
 * docs/protocol.md says the same for clients. Used by the catalogue when it is loaded and by the
 * parser of events. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CODE_MAX 64  /* characters of a name or code */
#define WIRE_MAX 128 /* characters of a key or an id, in events, questions and publications */

/* dash_ok: '-' alone is a name too */
bool is_name(const char *text, size_t len, int32_t max, bool dash_ok);
bool is_plain_code(const char *text);
bool is_word_code(const char *text);

/* The first place of a text that does not print as it is written: a control character (a line break
 * or a tab is one), a line or paragraph separator, a mark that turns the direction of what follows,
 * a character of no width, or a byte that is no UTF-8. NULL: there is none. */
const char *text_unprintable(const char *text, size_t len);
/* The same, but for line ends, tabs and bytes that are no UTF-8, which a rule's text is freed of
 * before it is said. */
const char *text_hidden(const char *text, size_t len);
/* What the unprintable character at `text` is called: U+202E. */
#define TEXT_NAMED 12
void text_name(const char *text, size_t len, char ret[TEXT_NAMED]);
/* What no text of an event may hold: a control character, a separator of lines or paragraphs, or an
 * embedding, override or isolate of direction. Fewer than do not print, and as the schemas say:
 * what was taken once is taken again, as a duplicate. */
bool text_has_control(const char *text, size_t len);
/* Writes the text with each unprintable character as \x1b, byte by byte, so that nothing in it
 * moves a cursor or turns a line around. `ret` has room for `room` bytes with the NUL; what does
 * not fit is left out. */
void text_escape(const char *text, char *ret, size_t room);
/* Prints the text for people, with each such character as \u001b and a byte that is no UTF-8 as
 * \xff; JSON stays the same JSON by it. Line ends and tabs stay. */
void text_print(FILE *to, const char *text);
/* How many characters it has. */
size_t text_characters(const char *text);
/* Where markup begins (a tag, a comment or a character reference such as &nbsp;). NULL: there is
 * none. */
const char *text_markup(const char *text);
