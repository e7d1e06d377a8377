-- What law or statutory guidance requires of the post.

test "safeguarding was never recorded" {
  role = "TASS",
  needs = {
    { "X.SAFE", importance = "statutory", purpose = "compliance", from = "profile" },
  },
  expect = {
    { fires = "yearly-update", on = "X.SAFE", proposes = "inset.yearly-update" },
    { first = "X.SAFE", is = "inset.yearly-update" },
    { fires = "statutory-first-time", on = "X.SAFE", proposes = "inset.X.SAFE" },
    { refuses = "statutory-refresh" },
    { refuses = "statutory-refresh-in-person" },
    { refuses = "compliance-gap" },
  },
}

test "the Prevent duty was never recorded: it is not due every year" {
  role = "TASS",
  needs = {
    { "X.PREV", importance = "statutory", purpose = "compliance", from = "profile" },
  },
  expect = {
    { refuses = "yearly-update" },
    { first = "X.PREV", is = "inset.X.PREV" },
  },
}

test "online safety has lapsed, which no law names: it belongs to the yearly update" {
  role = "TASS",
  needs = {
    { "X.ONLI", importance = "essential", purpose = "compliance", from = "refresh", lapsed = "2026-08-01" },
  },
  expect = {
    { first = "X.ONLI", is = "inset.yearly-update" },
  },
}

test "safeguarding has lapsed" {
  role = "TASS",
  needs = {
    { "X.SAFE", importance = "statutory", purpose = "compliance", from = "refresh", lapsed = "2026-08-01" },
  },
  expect = {
    { fires = "statutory-refresh", on = "X.SAFE", proposes = "e-learning.X.SAFE" },
    { first = "X.SAFE", is = "inset.yearly-update" },
    { refuses = "statutory-first-time" },
    { refuses = "statutory-renew-ahead-elsewhere" },
    { refuses = "statutory-refresh-in-person", why = "an online module is shorter" },
  },
}

test "safeguarding has lapsed and there is no computer" {
  role = "MIDS",
  no_computer = true,
  needs = {
    { "X.SAFE", importance = "statutory", purpose = "compliance", from = "refresh", lapsed = "2026-08-01" },
  },
  expect = {
    { fires = "statutory-refresh-in-person", on = "X.SAFE", proposes = "inset.X.SAFE" },
    { refuses = "statutory-refresh", why = "you have no computer to learn with" },
  },
}

test "paediatric first aid has lapsed: renew the certificate; a session in school is not enough" {
  role = "TASS",
  needs = {
    { "X.PFAI", required = 3, importance = "statutory", purpose = "compliance", from = "refresh", lapsed = "2026-08-01" },
  },
  expect = {
    { fires = "statutory-renew", on = "X.PFAI", proposes = "qualification.PFA3" },
    { first = "X.PFAI", is = "qualification.PFA3" },
    { refuses = "statutory-refresh", why = "only a certificate" },
    { refuses = "statutory-refresh-in-person", why = "only a certificate" },
    { refuses = "statutory-show-certificate" },
  },
}

test "the emergency certificate is enough if the post requires no more" {
  role = "TASS",
  needs = {
    { "X.PFAI", required = 2, importance = "statutory", purpose = "compliance", from = "refresh", lapsed = "2026-08-01" },
  },
  expect = {
    { first = "X.PFAI", is = "qualification.EPFA3" },
  },
}

test "paediatric first aid was never recorded: show the certificate or ask for a booking; do not propose an award yet" {
  role = "TASS",
  needs = {
    { "X.PFAI", required = 3, importance = "statutory", purpose = "compliance", from = "profile" },
  },
  expect = {
    { fires = "statutory-show-certificate", on = "X.PFAI", proposes = "resource.X.PFAI" },
    { first = "X.PFAI", is = "resource.X.PFAI" },
    { refuses = "statutory-first-time", why = "only a certificate" },
    { refuses = "statutory-renew" },
  },
}

test "the minibus licence has lapsed" {
  role = "TASS",
  needs = {
    { "X.MINI", required = 2, importance = "statutory", purpose = "compliance", from = "refresh", lapsed = "2026-08-01" },
  },
  expect = {
    { first = "X.MINI", is = "qualification.MIDAS" },
    { refuses = "statutory-refresh-in-person", why = "only a certificate" },
  },
}

test "an escort is rated below what the post requires" {
  role = "ESCT",
  needs = {
    { "X.PASS", current = 1, required = 2, importance = "statutory", purpose = "compliance" },
  },
  expect = {
    { first = "X.PASS", is = "qualification.PATS" },
    { refuses = "compliance-gap-in-person", why = "only a certificate" },
  },
}

test "registration as a nurse has lapsed: the catalogue has no award for it, and a module cannot renew it" {
  role = "TASS",
  needs = {
    { "X.NMCR", required = 3, importance = "statutory", purpose = "compliance", from = "refresh", lapsed = "2026-08-01" },
  },
  expect = {
    { fires = "statutory-renew-elsewhere", on = "X.NMCR", proposes = "resource.X.NMCR" },
    { refuses = "statutory-refresh", why = "only a certificate" },
    { refuses = "statutory-renew", why = "no award or licence" },
  },
}

test "a certificate is required at a level that no award gives" {
  role = "TASS",
  needs = {
    { "X.FAID", current = 3, required = 4, importance = "essential", purpose = "compliance" },
  },
  expect = {
    { fires = "compliance-gap-elsewhere", on = "X.FAID", proposes = "resource.X.FAID" },
    { refuses = "compliance-gap-certificate", why = "no award or licence" },
    { refuses = "compliance-gap-to-teach", why = "only a certificate" },
  },
}

test "positive handling has lapsed: it cannot be learnt on a screen" {
  role = "TASS",
  needs = {
    { "X.POSH", importance = "statutory", purpose = "compliance", from = "refresh", lapsed = "2026-08-01" },
  },
  expect = {
    { fires = "statutory-refresh-in-person", on = "X.POSH", proposes = "inset.X.POSH" },
    { refuses = "statutory-refresh", why = "learnt by doing" },
    { refuses = "statutory-renew", why = "training in school is enough" },
    { refuses = "statutory-renew-elsewhere", why = "training in school is enough" },
  },
}

test "a cook needs supervision of food safety: a level 3 award, not a module" {
  role = "COOK",
  needs = {
    { "X.FOO3", current = 2, required = 3, importance = "essential", purpose = "compliance" },
  },
  expect = {
    { fires = "compliance-gap-certificate", on = "X.FOO3", proposes = "qualification.FOOD3" },
    { first = "X.FOO3", is = "qualification.FOOD3" },
    { refuses = "compliance-gap", why = "only a certificate" },
  },
}

test "knives are not learnt on a screen" {
  role = "COOK",
  needs = {
    { "X.KEQP", current = 1, required = 2, importance = "essential", purpose = "compliance" },
  },
  expect = {
    { first = "X.KEQP", is = "inset.X.KEQP" },
    { refuses = "compliance-gap", why = "learnt by doing" },
  },
}

test "the law does not require this of the post" {
  role = "TASS",
  needs = {
    { "X.COSH", importance = "essential", purpose = "compliance" },
  },
  expect = {
    { refuses = "statutory-first-time", why = "your post does not require this by law" },
  },
}

test "food hygiene is rated below what the kitchen needs: a certificate, not a module" {
  role = "CATR",
  needs = {
    { "X.FOOD", current = 2, required = 3, importance = "statutory", purpose = "compliance" },
  },
  expect = {
    { first = "X.FOOD", is = "qualification.FOOD2" },
    { refuses = "compliance-gap", why = "only a certificate" },
    { refuses = "compliance-gap-in-person" },
    { refuses = "own-study-module" },
  },
}

test "a cook must teach food hygiene to others and has no certificate: level 2 is the first step" {
  role = "COOK",
  needs = {
    { "X.FOOD", current = 0, required = 4, importance = "statutory", purpose = "compliance" },
  },
  expect = {
    { first = "X.FOOD", is = "qualification.FOOD2" },
    { refuses = "compliance-gap-to-teach" },
  },
}

test "hazardous substances must be taught to others: a module is not enough" {
  role = "PREM",
  needs = {
    { "X.COSH", current = 2, required = 4, importance = "statutory", purpose = "compliance" },
  },
  expect = {
    { fires = "compliance-gap-to-teach", on = "X.COSH", proposes = "inset.X.COSH" },
    { first = "X.COSH", is = "inset.X.COSH" },
    { refuses = "compliance-gap", why = "the gap is more than one level" },
    { refuses = "compliance-gap-in-person", why = "one session is not enough" },
  },
}

test "substances hazardous to health are rated below what the post requires" {
  role = "CLNR",
  needs = {
    { "X.COSH", current = 2, required = 3, importance = "statutory", purpose = "compliance" },
  },
  expect = {
    { fires = "compliance-gap", on = "X.COSH", proposes = "e-learning.X.COSH" },
    { first = "X.COSH", is = "e-learning.X.COSH" },
    { refuses = "compliance-gap-in-person", why = "an online module is shorter" },
    { refuses = "compliance-gap-to-teach", why = "your post does not require this level" },
    { refuses = "own-study-module" },
  },
}

test "first aid is rated below what the post requires" {
  role = "TASS",
  needs = {
    { "X.FAID", current = 1, required = 2, importance = "essential", purpose = "compliance" },
  },
  expect = {
    { fires = "compliance-gap-certificate", on = "X.FAID", proposes = "qualification.EFAW3" },
    { first = "X.FAID", is = "qualification.EFAW3" },
    { refuses = "compliance-gap", why = "only a certificate" },
    { refuses = "compliance-gap-in-person", why = "only a certificate" },
    { refuses = "compliance-gap-elsewhere", why = "there is an open award" },
  },
}

test "a compliance gap without a computer" {
  role = "CTKR",
  no_computer = true,
  needs = {
    { "X.COSH", current = 1, required = 2, importance = "essential", purpose = "compliance" },
  },
  expect = {
    { fires = "compliance-gap-in-person", on = "X.COSH", proposes = "inset.X.COSH" },
    { refuses = "compliance-gap", why = "you have no computer" },
  },
}

-- A legal duty is never left to shadowing, study or a wish, whatever help is available and wherever the need came from.
test "a compliance gap of one level, all helpers available, new to the school" {
  role = "TASS",
  progression = "yes",
  school = { clusters = 1 },
  needs = {
    { "X.SAFE", current = 2, required = 3, importance = "statutory", purpose = "compliance", from = "induction", confidence = 0, nature = "knowledge", helpers = { "mentor", "coach", "buddy", "shadow-host" } },
  },
  expect = {
    { refuses = "induction-buddy" },
    { refuses = "induction-shadow" },
    { refuses = "shadow-one-level" },
    { refuses = "coach-one-level" },
    { refuses = "knowledge-reading" },
    { refuses = "knowledge-module" },
    { refuses = "unsure-buddy" },
    { refuses = "unsure-observation" },
    { refuses = "growth-project" },
  },
}

test "a compliance gap of two levels, all helpers available, new role" {
  role = "TASS",
  needs = {
    { "X.SAFE", current = 1, required = 3, importance = "statutory", purpose = "compliance", from = "new-role", helpers = { "mentor", "coach", "buddy", "shadow-host" } },
  },
  expect = {
    { refuses = "new-role-mentor" },
    { refuses = "new-role-buddy" },
    { refuses = "mentor-two-levels" },
    { refuses = "coach-two-levels" },
  },
}

test "a compliance gap, new duty" {
  role = "TASS",
  needs = {
    { "X.SAFE", current = 1, required = 3, importance = "statutory", purpose = "compliance", from = "new-duty", helpers = { "coach", "shadow-host" } },
  },
  expect = {
    { first = "X.SAFE", is = "coaching.X.SAFE" },
  },
}

test "a compliance gap, the school's plan" {
  role = "TASS",
  needs = {
    { "X.SAFE", current = 1, required = 3, importance = "statutory", purpose = "compliance", from = "plan" },
  },
  expect = {
    { refuses = "plan-with-teachers" },
    { refuses = "plan-training-day" },
    { first = "X.SAFE", is = "inset.X.SAFE" },
  },
}

test "a compliance gap, skills audit" {
  role = "TASS",
  needs = {
    { "X.SAFE", current = 1, required = 3, importance = "statutory", purpose = "compliance", from = "audit" },
  },
  expect = {
    { refuses = "audit-training-day" },
  },
}

test "a compliance gap, a wish, and the award asked for" {
  role = "TASS",
  progression = "yes",
  wishes = { qualification = "SAFE2" },
  school = { clusters = 1 },
  needs = {
    { "X.SAFE", current = 1, required = 3, importance = "statutory", purpose = "compliance", from = "wish", helpers = { "shadow-host" } },
  },
  expect = {
    { refuses = "wish-shadow" },
    { refuses = "wish-network" },
    { refuses = "wish-qualification" },
  },
}

test "a compliance gap, nobody available: no unit and no award either" {
  role = "TASS",
  needs = {
    { "X.SAFE", current = 1, required = 2, importance = "statutory", purpose = "compliance" },
    { "STL1", current = 1, required = 2 },
    { "STL2", current = 1, required = 2 },
    { "STL3", current = 1, required = 2 },
  },
  expect = {
    { first = "X.SAFE", is = "inset.yearly-update" },
  },
}

test "a compliance gap that a unit would give" {
  role = "TASS",
  needs = {
    { "X.HSAW", current = 1, required = 2, importance = "statutory", purpose = "compliance" },
  },
  expect = {
    { refuses = "unit-for-one-gap" },
  },
}

test "first aid still holds and runs out this term: the award is renewed in time" {
  role = "WELF",
  needs = {
    { "X.FAID", current = 3, required = 2, importance = "essential", purpose = "compliance", from = "refresh", ends = "2026-12-14" },
  },
  expect = {
    { fires = "statutory-renew-ahead", on = "X.FAID" },
    { fires = "statutory-renew-ahead-elsewhere", on = "X.FAID" },
    { refuses = "statutory-renew" },
    { first = "X.FAID", is = "qualification.FAW3" },
  },
}

test "a licence that runs out, of which no award is known" {
  role = "NURS",
  needs = {
    { "X.NMCR", current = 2, required = 2, importance = "statutory", purpose = "compliance", from = "refresh", ends = "2026-12-14" },
  },
  expect = {
    { refuses = "statutory-renew-ahead", why = "no award or licence" },
    { first = "X.NMCR", is = "resource.X.NMCR" },
  },
}

test "logbook checks are shown on the spot by a colleague" {
  role = "CTKR",
  needs = {
    { "X.PREC", current = 1, required = 2, importance = "essential", purpose = "compliance", helpers = { "coach" } },
    { "X.LEGI", current = 1, required = 2, importance = "essential", purpose = "compliance" },
  },
  expect = {
    { fires = "compliance-alongside", on = "X.PREC", proposes = "coaching.X.PREC" },
    { first = "X.PREC", is = "coaching.X.PREC" },
    { refuses = "compliance-alongside", on = "X.LEGI", why = "nobody is available" },
  },
}

test "safeguarding below what is asked: the yearly session is enough" {
  role = "MIDA",
  needs = { { "X.SAFE", current = 1, required = 2, importance = "statutory", purpose = "compliance" } },
  expect = {
    { fires = "yearly-update-gap", on = "X.SAFE" },
    { first = "X.SAFE", is = "inset.yearly-update" },
  },
}

test "safeguarding at a level that the session does not reach" {
  role = "PAST",
  needs = { { "X.SAFE", current = 2, required = 4, importance = "statutory", purpose = "compliance" } },
  expect = { { refuses = "yearly-update-gap", why = "more than this leads to" } },
}

test "a legal duty two levels short: a session comes before a module" {
  role = "ADMC",
  needs = {
    { "X.CYBR", current = 0, required = 2, importance = "essential", purpose = "compliance" },
    { "X.DSEQ", current = 1, required = 2, importance = "essential", purpose = "compliance" },
  },
  expect = {
    { fires = "compliance-gap-session", on = "X.CYBR", proposes = "inset.X.CYBR" },
    { refuses = "compliance-gap-session", on = "X.DSEQ", why = "one level" },
    { refuses = "compliance-gap", on = "X.CYBR", why = "the gap is more than one level" },
  },
}

test "what somebody teaches to others is brought up to date with others" {
  role = "COOK",
  needs = { { "X.CYBR", required = 4, importance = "essential", purpose = "compliance", lapsed = "2026-03-01" } },
  expect = {
    { fires = "statutory-refresh-in-person", on = "X.CYBR" },
    { refuses = "statutory-refresh", why = "more than this leads to" },
  },
}

test "two levels short, but shown by a certificate, learnt by doing, or without a computer: no such session" {
  role = "CTKR",
  needs = {
    { "X.FAID", current = 0, required = 2, importance = "essential", purpose = "compliance" },
    { "X.PREC", current = 0, required = 2, importance = "essential", purpose = "compliance" },
  },
  expect = {
    { refuses = "compliance-gap-session", on = "X.FAID", why = "only a certificate" },
    { refuses = "compliance-gap-session", on = "X.PREC", why = "learnt by doing" },
  },
}

test "two levels short and no computer: the session has a rule of its own" {
  role = "MIDA",
  no_computer = true,
  needs = { { "X.CYBR", current = 0, required = 2, importance = "essential", purpose = "compliance" } },
  expect = { { refuses = "compliance-gap-session", why = "you have no computer" } },
}
