/* crosswalk - see crosswalk.h. */
#include "catalogue/crosswalk.h"

#include "catalogue/internal.h"

/* As in relation_words. */
enum {
  RELATION_EXACT,
  RELATION_CLOSE,
  RELATION_PART
};

static const struct competence *other_end(const struct crossing *x, const struct competence *k) {
  if (x->from == k)
    return x->to;
  if (x->to == k)
    return x->from;
  return NULL;
}

const struct competence *crosswalk_next(const struct catalogue *c, const struct competence *k,
                                        uint32_t *at, enum related *ret) {
  const struct table *t = &c->tables[TABLE_CROSSWALK];

  while (*at < t->n) {
    const struct crossing *x = item_of(t, (*at)++);
    const struct competence *other = other_end(x, k);
    if (!other || x->relation == RELATION_EXACT)
      continue;

    *ret = x->relation == RELATION_CLOSE ? RELATED_CLOSE : RELATED_PART;

    return other;
  }

  return NULL;
}
