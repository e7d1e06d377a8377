/* what_if - see what_if.h. */
#include "needs/what_if.h"

#include <string.h>

#include "needs/helper_pool.h"

/* One event on top of all that is known, said now: nothing else is as new. */
struct said_now {
  struct event event;
  struct fact fact;
  struct record record;
};

static struct instant newest(const struct person *p, int32_t day) {
  enum {
    DAY_S = 86400
  };
  struct instant t = {(int64_t)day * DAY_S, 0};
  const struct fact_list *l = &p->facts;
  if (l->n && instant_cmp(l->items[l->n - 1]->event->time, t) > 0)
    t = l->items[l->n - 1]->event->time;

  t.s++;

  return t;
}

/* The scratch person's list is a copy of its own, with room for one more: the person's moves when
 * events come. What is in it is shared and stays. */
static void copy_list(struct what_if *w, struct arena *a) {
  struct fact_list *l = &w->person.facts;
  struct fact **items = arena_alloc(a, (l->n + 1) * sizeof(struct fact *));
  if (l->n)
    memcpy(items, l->items, l->n * sizeof(struct fact *));
  *l = (struct fact_list){items, l->n, l->n + 1};
}

static void say(struct what_if *w, const struct person *p, enum event_kind kind, void *data,
                struct arena *a) {
  struct said_now *now = arena_alloc(a, sizeof *now);
  now->event = (struct event){.id = "what-if",
                              .source = "what-if",
                              .subject = p->subject,
                              .time = newest(p, w->day),
                              .type = &event_types[kind],
                              .data = data};
  now->fact = (struct fact){.event = &now->event,
                            .person = &w->person,
                            .school = w->person.school,
                            .record = &now->record};
  w->person.facts.items[w->person.facts.n++] = &now->fact;
}

static void *one_more(const void *items, uint32_t n, size_t size, const void *more,
                      struct arena *a) {
  char *copy = arena_alloc(a, (n + 1) * size);
  if (n)
    memcpy(copy, items, n * size);
  memcpy(copy + n * size, more, size);
  return copy;
}

static void say_rating(struct what_if *w, const struct person *p, const struct catalogue *c,
                       const struct change *change, struct arena *a) {
  struct assessment_recorded *d = arena_alloc(a, sizeof *d);
  struct rating *r = arena_alloc(a, sizeof *r);

  *r = (struct rating){.competence = catalogue_competence_at(c, change->competence)->key,
                       .evidence = change->evidence,
                       .level = change->level,
                       .certainty = ABSENT,
                       .confidence = change->confidence,
                       .nature = change->nature,
                       .expires = ABSENT};
  *d = (struct assessment_recorded){
      .date = w->day, .evidence = change->evidence, .by = "-", .occasion = ABSENT};
  d->ratings.items = r;
  d->ratings.n = 1;
  say(w, p, EVENT_ASSESSMENT, d, a);
}

static const struct person_recorded *statement_of(const struct person *p) {
  const struct event *e = people_newest(&p->facts, EVENT_PERSON);
  if (e)
    return e->data;
  return NULL;
}

static void say_holding(struct what_if *w, const struct person *p, const struct change *change,
                        struct arena *a) {
  const struct person_recorded *said = statement_of(p);
  if (change->subject && said) {
    struct person_recorded *d = arena_alloc(a, sizeof *d);
    struct holding more = {
        .subject = change->subject, .level = change->level, .date = w->day, .expires = ABSENT};

    *d = *said;
    d->holds.items = one_more(said->holds.items, said->holds.n, sizeof more, &more, a);
    d->holds.n++;
    say(w, p, EVENT_PERSON, d, a);
  } else if (!change->subject) {
    struct achievement_recorded *d = arena_alloc(a, sizeof *d);
    *d = (struct achievement_recorded){.date = w->day, .credit = ABSENT, .expires = ABSENT};
    *(change->unit ? &d->unit : &d->qualification) = change->code;
    say(w, p, EVENT_ACHIEVEMENT, d, a);
  }
}

static void wish_more(struct preference_recorded *d, const struct change *change, struct arena *a) {
  struct wish more = {NULL};
  if (change->member == MEMBER_WISH_ROLE)
    more.role = change->code;
  else if (change->member == MEMBER_WISH_QUALIFICATION)
    more.qualification = change->code;
  else if (change->member == MEMBER_WISH_COMPETENCE)
    more.competence = change->code;

  d->wishes.items = one_more(d->wishes.items, d->wishes.n, sizeof more, &more, a);
  d->wishes.n++;
}

static void say_preference(struct what_if *w, const struct person *p, const struct change *change,
                           struct arena *a) {
  const struct event *e = people_newest(&p->facts, EVENT_PREFERENCE);
  struct preference_recorded *d = arena_alloc(a, sizeof *d);

  if (e)
    *d = *(const struct preference_recorded *)e->data;
  else
    *d = (struct preference_recorded){
        .progression = ABSENT, .no_computer = ABSENT, .share_with = SHARE_NOBODY};

  if (change->member == MEMBER_PROGRESSION)
    d->progression = PROGRESSION_YES;
  else if (change->member == MEMBER_NO_COMPUTER)
    d->no_computer = 0;
  else if (change->member == MEMBER_WITHOUT_COMPUTER)
    d->no_computer = 1;
  else if (change->member == MEMBER_FORMAT) {
    d->formats.items = one_more(d->formats.items, d->formats.n, sizeof change->code, &change->code,
                                a);
    d->formats.n++;
  } else
    wish_more(d, change, a);

  say(w, p, EVENT_PREFERENCE, d, a);
}

const struct post *what_if_main_post(const struct person *p, const struct catalogue *c,
                                     int32_t day) {
  const struct person_recorded *said = statement_of(p);
  const struct post *first = NULL, *main = NULL;

  for (uint32_t i = 0; said && i < said->roles.n; i++) {
    const struct post *post = &said->roles.items[i];
    const struct role *role = catalogue_role(c, post->role);
    bool now = (post->from == ABSENT || post->from <= day) &&
               (post->to == ABSENT || post->to >= day);
    if (!role || !role->in_scope || !now)
      continue;

    if (!first)
      first = post;
    if (post->main == 1)
      main = post;
  }

  if (main)
    return main;

  return first;
}

static void say_post(struct what_if *w, const struct person *p, const struct catalogue *c,
                     const struct change *change, struct arena *a) {
  const struct person_recorded *said = statement_of(p);
  const struct post *main = what_if_main_post(p, c, w->day);
  if (!main)
    return;

  struct person_recorded *d = arena_alloc(a, sizeof *d);
  struct post *posts = arena_alloc(a, said->roles.n * sizeof *posts);

  memcpy(posts, said->roles.items, said->roles.n * sizeof *posts);
  struct post *post = &posts[main - said->roles.items];

  if (change->member == MEMBER_CONTRACT)
    post->contract = change->code;
  else if (change->member == MEMBER_MINUTES)
    post->minutes = change->value;
  else if (change->member == MEMBER_WEEKS)
    post->weeks = change->value;
  else if (change->member == MEMBER_TERM_TIME)
    post->term_time = change->value;
  else
    post->employer = change->value;

  *d = *said;
  d->roles.items = posts;
  say(w, p, EVENT_PERSON, d, a);
}

void what_if(const struct person *p, const struct facts_context *context,
             const struct change *change, struct arena *a, struct what_if *ret) {
  const struct catalogue *c = context->catalogue;
  struct facts_context then = *context;
  int32_t next_change_day;

  *ret = (struct what_if){.person = *p, .day = context->day};
  copy_list(ret, a);

  if (change->kind == CHANGE_RATING)
    say_rating(ret, p, c, change, a);
  if (change->kind == CHANGE_HOLDING)
    say_holding(ret, p, change, a);
  if (change->kind == CHANGE_PREFERENCE)
    say_preference(ret, p, change, a);
  if (change->kind == CHANGE_POST)
    say_post(ret, p, c, change, a);
  if (change->kind == CHANGE_WAITING) {
    /* the colleagues of that day: offers of help and ratings come and go by themselves */
    ret->day = change->day;
    ret->helper_pool = helper_pool_create(p->school, c, ret->day);
    then.day = ret->day;
    then.helpers = ret->helper_pool;
  }

  ret->present = facts_of(&ret->person, &then, a, &ret->facts, &next_change_day);
  if (change->kind == CHANGE_SCHOOL)
    ret->facts.n_clusters = 1;
  for (uint32_t i = 0; change->kind == CHANGE_COLLEAGUE && i < ret->facts.n_needs; i++)
    if (ret->facts.needs[i].competence == change->competence)
      ret->facts.needs[i].helpers |= (uint8_t)(1u << change->helper);
}

void what_if_finish(struct what_if *w) {
  helper_pool_destroy(w->helper_pool);
  w->helper_pool = NULL;
}
