/* words - the small words that messages are put together from.
 *
 * Used wherever a text for people is written. What a text says is decided by its caller. */
#pragma once

/* `text`, or `otherwise` where there is none (NULL). Both stay the caller's. */
static inline const char *text_or(const char *text, const char *otherwise) {
  if (text)
    return text;
  return otherwise;
}

/* The ending of a regular noun after a number: "" for one, "s" for any other. */
static inline const char *plural(long long n) {
  if (n == 1)
    return "";
  return "s";
}
