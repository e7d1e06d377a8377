/* bundle - see bundle.h. */
#include "catalogue/bundle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/words.h"

#define FILE_MAX                                                                                   \
  (16u * 1024 *                                                                                    \
   1024) /* a catalogue file is a few hundred kilobytes; this stops a wrong directory */

/* At most one directory, plain components, nothing hidden. */
static bool name_ok(const char *name) {
  size_t slashes = 0, part = 0;

  for (const char *p = name; *p; p++) {
    if (*p == '/') {
      if (part == 0)
        return false;
      slashes++;
      part = 0;
      continue;
    }
    if ((unsigned char)*p < 0x20 || *p == '\\' || (part == 0 && *p == '.'))
      return false;

    part++;
  }

  return part > 0 && slashes <= 1;
}

static bool has_suffix(const char *name, const char *const *suffixes) {
  size_t len = strlen(name);

  for (; *suffixes; suffixes++) {
    size_t n = strlen(*suffixes);
    if (len > n && strcmp(name + len - n, *suffixes) == 0)
      return true;
  }

  return false;
}

/* -ENOTSUP: no regular file. -EBUSY: it became shorter meanwhile. */
static int read_file(int dir, const char *name, char **ret_text, size_t *ret_len) {
  int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return -errno;

  struct stat st;
  int rc = 0;

  if (fstat(fd, &st) < 0)
    rc = -errno;

  *ret_text = NULL;
  if (rc == 0 && !S_ISREG(st.st_mode))
    rc = -ENOTSUP;
  if (rc == 0 && (uint64_t)st.st_size > FILE_MAX)
    rc = -EFBIG;
  if (rc == 0) {
    char *text = mem_alloc((size_t)st.st_size + 1);
    size_t got = 0;
    ssize_t n = 1;

    while (got < (size_t)st.st_size && n != 0) {
      n = read(fd, text + got, (size_t)st.st_size - got);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0) {
        rc = -errno;
        break;
      }

      got += (size_t)n;
    }

    if (rc == 0 && got < (size_t)st.st_size)
      rc = -EBUSY;

    *ret_text = text;
    *ret_len = got;
  }

  close(fd);

  return rc;
}

static const char *why_unread(int rc) {
  switch (rc) {
  case -EFBIG:
    return "it is larger than 16 MiB";
  case -ENOTSUP:
    return "it is not a regular file";
  case -EBUSY:
    return "it became shorter while it was read; write a file beside it and rename that";
  default:
    return strerror(-rc);
  }
}

static int add_entry(struct bundle *b, int dir_fd, const char *dir, const char *prefix,
                     const char *entry, struct error *err) {
  char name[512], *text = NULL;
  size_t len = 0;
  int rc = read_file(dir_fd, entry, &text, &len);
  if (rc < 0) {
    free(text);
    return error_set(err, rc, "cannot read '%s/%s': %s", dir, entry, why_unread(rc));
  }

  int n = snprintf(name, sizeof(name), "%s%s", text_or(prefix, ""), entry);
  if (n < 0 || (size_t)n >= sizeof(name) || !name_ok(name)) {
    free(text);
    return error_set(
        err, -EINVAL,
        "'%s/%s': a file of a catalogue or rule set needs a plain name, such as units.csv", dir,
        entry);
  }

  bundle_add(b, name, text, len);
  free(text);

  return 0;
}

bool bundle_takes(const char *name, const char *const *suffixes) {
  return name[0] != '.' && name[0] != '~' && has_suffix(name, suffixes) && name_ok(name);
}

int bundle_read_dir(struct bundle *b, const char *dir, const char *prefix,
                    const char *const *suffixes, struct error *err) {
  DIR *d = opendir(dir);
  if (!d)
    return error_set(err, -errno, "cannot open the directory '%s': %s", dir, strerror(errno));

  int rc = 0;
  errno = 0;
  for (struct dirent *e; rc == 0 && (e = readdir(d)); errno = 0) {
    /* Lock and backup files of editors ("~$units.csv", ".units.csv.swp") are not part of a
     * catalogue. */
    if (e->d_name[0] == '.' || e->d_name[0] == '~' || !has_suffix(e->d_name, suffixes))
      continue;
    rc = add_entry(b, dirfd(d), dir, prefix, e->d_name, err);
  }

  if (rc == 0 && errno != 0)
    rc = error_set(err, -errno, "cannot read the directory '%s' to its end: %s", dir,
                   strerror(errno));

  closedir(d);

  return rc;
}

void bundle_add(struct bundle *b, const char *name, const void *text, size_t len) {
  size_t cap = b->n; /* grown one by one: a bundle has some thirty files */
  b->files = mem_grow(b->files, &cap, b->n + 1, sizeof(*b->files));
  char *copy = mem_alloc(len + 1);
  if (len > 0)
    memcpy(copy, text, len);

  b->files[b->n++] = (struct bundle_file){.name = mem_strdup(name), .text = copy, .len = len};
}

static int by_name(const void *x, const void *y) {
  return strcmp(((const struct bundle_file *)x)->name, ((const struct bundle_file *)y)->name);
}

void bundle_seal(struct bundle *b, struct buf *ret_bytes) {
  struct buf own = {0}, *out = ret_bytes ? ret_bytes : &own;
  size_t start = out->len;

  if (b->n > 1)
    qsort(b->files, b->n, sizeof(*b->files), by_name);

  buf_u32(out, (uint32_t)b->n);
  for (size_t i = 0; i < b->n; i++) {
    buf_str(out, b->files[i].name);
    buf_blob(out, b->files[i].text, b->files[i].len);
  }

  b->hash = hash256_of(out->data + start, out->len - start);
  buf_finish(&own);
}

int bundle_decode(struct bundle *b, const void *data, size_t len, struct error *err) {
  struct reader r = reader_of(data, len);
  uint32_t n = read_u32(&r);

  *b = (struct bundle){0};
  for (uint32_t i = 0; i < n && !r.bad; i++) {
    size_t name_len = 0, text_len = 0;
    const char *name = read_blob(&r, &name_len);
    const void *text = read_blob(&r, &text_len);

    if (r.bad || !name || memchr(name, 0, name_len))
      break;

    _cleanup_free_ char *copy = mem_strndup(name, name_len);
    if (!name_ok(copy) || (b->n > 0 && strcmp(b->files[b->n - 1].name, copy) >= 0))
      break;

    bundle_add(b, copy, text, text_len);
  }

  if (r.bad || b->n != n || r.p != r.end) {
    bundle_finish(b);
    return error_set(err, -EBADMSG,
                     "not a bundle of files: the bytes are cut off, out of order, or hold a name "
                     "that is not plain");
  }

  b->hash = hash256_of(data, len);

  return 0;
}

const struct bundle_file *bundle_find(const struct bundle *b, const char *name) {
  for (size_t i = 0; i < b->n; i++)
    if (strcmp(b->files[i].name, name) == 0)
      return &b->files[i];
  return NULL;
}

void bundle_finish(struct bundle *b) {
  for (size_t i = 0; i < b->n; i++) {
    free(b->files[i].name);
    free(b->files[i].text);
  }

  free(b->files);
  *b = (struct bundle){0};
}
