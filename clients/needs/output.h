/* output - standard output and standard error, made harmless for terminals and pages.
 *
 * Titles, rule texts, file names and answers come from elsewhere. A control character among them
 * could move the cursor, rename a window or turn a line around. So both streams are replaced once,
 * at the start of the program: whatever is printed passes through text_shown (text.h), which writes
 * such a character as \u001b. JSON stays JSON by it. What the program itself does to the terminal
 * goes around the filter: output_control. */
#pragma once

#include <stdio.h>

enum control {
  CONTROL_BOLD,
  CONTROL_PLAIN,
  CONTROL_LINE_START,
  CONTROL_LINE_CLEAR
};

/* Replaces stdout and stderr. Call it before anything is printed. Ends the program without memory.
 */
void output_open(void);
/* Sends a control sequence to `f` (stdout or stderr) if it is a terminal that takes one. */
void output_control(FILE *f, enum control control);
/* The file descriptor of `f`. For stdout and stderr too, for which fileno() no longer works. */
int output_descriptor(FILE *f);
