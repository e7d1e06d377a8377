/* booking - when a development takes place, how much of it lies in the paid time, and who pays.
 *
 * Of what the school and the authority offer, the soonest that is open to the person and ends in
 * time. Its sessions are held against the hours of the post that it is for. Pure. */
#pragma once

#include "needs/needs.h"

struct booking {
  const struct provision_recorded *offer; /* NULL: nothing can be booked */
  int32_t first;                          /* day of its first session; ABSENT: at any time */
  const struct session *session;          /* that session, NULL */
  /* in all; ABSENT: not known. Without the hours of the post all of it counts as in contract */
  int32_t in_contract, beyond;
  const char *payer; /* code of payers.csv: who bears it unless it is agreed otherwise */
};

/* What is booked. */
struct booked {
  const struct development *development;
  const char *post; /* role code, may be NULL */
  int32_t minutes;  /* the usual, ABSENT */
  int32_t by;       /* day by which it has to be over, ABSENT */
};
struct booking booking_for(const struct person *p, const struct facts *f, const struct booked *what,
                           int32_t day);

/* members `offer`, `minutes` and `cost`, those that apply */
void json_booking(struct buf *b, const struct booking *booking, bool formal);
