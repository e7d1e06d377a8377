-- Finding out: needs without a current rating.

test "nobody has rated two competences: one self-assessment for both" {
  role = "TASS",
  needs = {
    { "STL18", required = 2 },
    { "STL1", required = 3 },
  },
  expect = {
    { fires = "self-assessment", on = "STL18", proposes = "finding-out.self-assessment" },
    { fires = "self-assessment", on = "STL1", proposes = "finding-out.self-assessment" },
    { refuses = "review-without-computer", why = "you can use a computer" },
    { refuses = "observation-to-confirm" },
    { refuses = "shadow-one-level" },
    { refuses = "own-study-module" },
  },
}

test "a rating that is out of date is no rating" {
  role = "TASS",
  needs = {
    { "STL18", lapsed = "2026-03-01" },
  },
  expect = {
    { fires = "self-assessment-again", on = "STL18" },
    { first = "STL18", is = "finding-out.self-assessment" },
  },
}

test "a rating is out of date and there is no computer: a review with the manager" {
  role = "MIDA",
  no_computer = true,
  needs = {
    { "STL4", lapsed = "2026-03-01" },
  },
  expect = {
    { fires = "review-again", on = "STL4" },
    { refuses = "self-assessment-again", why = "you have no computer to learn with" },
    { first = "STL4", is = "finding-out.review" },
  },
}

test "what safety requires is brought up to date, not found out again" {
  role = "PREM",
  needs = {
    { "X.DSEQ", importance = "essential", purpose = "compliance", lapsed = "2026-10-22" },
  },
  expect = {
    { fires = "statutory-refresh", on = "X.DSEQ" },
    { first = "X.DSEQ", is = "e-learning.X.DSEQ" },
  },
}

test "without a computer: a review with the manager instead" {
  role = "TASS",
  no_computer = true,
  needs = {
    { "STL18" },
  },
  expect = {
    { fires = "review-without-computer", on = "STL18", proposes = "finding-out.review" },
    { refuses = "self-assessment", why = "you have no computer to learn with" },
  },
}

test "a statutory need is acted on at once, without assessing it first" {
  role = "TASS",
  needs = {
    { "X.SAFE", importance = "statutory", purpose = "compliance" },
  },
  expect = {
    { refuses = "self-assessment", why = "your post requires this by law" },
    { refuses = "review-without-computer", why = "your post requires this by law" },
  },
}

test "a compliance need that is not statutory is assessed first" {
  role = "TASS",
  needs = {
    { "X.COSH", importance = "essential", purpose = "compliance" },
  },
  expect = {
    { first = "X.COSH", is = "finding-out.self-assessment" },
  },
}

test "an observer's rating is well below the certificate" {
  role = "TASS",
  needs = {
    { "STL18", current = 3, required = 2, confirm = true },
  },
  expect = {
    { fires = "observation-to-confirm", on = "STL18", proposes = "finding-out.observation" },
    { refuses = "self-assessment" },
  },
}

test "rated in order: nothing to find out" {
  role = "TASS",
  needs = {
    { "STL18", current = 1, required = 2 },
  },
  expect = {
    { refuses = "self-assessment" },
    { refuses = "observation-to-confirm" },
  },
}

test "the person's own view is two levels above what was observed: a talk, and the coaching beside it" {
  role = "COVR",
  ratings = {
    STL19 = { { level = 4, evidence = "self", date = "2026-07-01" }, { level = 1, evidence = "observer", date = "2026-07-14" } },
  },
  colleagues = { STL19 = { "coach" } },
  expect = {
    { fires = "talk-about-own-view", on = "STL19", proposes = "finding-out.review", because = "before or with the first step" },
    { refuses = "talk-about-certificate", on = "STL19", why = "no certificate says more" },
    { recommends = "finding-out.review" },
    { recommends = "coaching.STL19" },
  },
}

test "one level above what was observed is no difference to talk about" {
  role = "COVR",
  ratings = {
    STL19 = { { level = 2, evidence = "self", date = "2026-07-01" }, { level = 1, evidence = "observer", date = "2026-07-14" } },
  },
  expect = {
    { refuses = "talk-about-own-view", on = "STL19", why = "do not differ much" },
  },
}

test "a manager's view of the line is no independent evidence" {
  role = "COVR",
  ratings = {
    STL19 = { { level = 4, evidence = "self", date = "2026-07-01" }, { level = 1, evidence = "manager", date = "2026-07-14" } },
  },
  expect = {
    { refuses = "talk-about-own-view", on = "STL19" },
  },
}

test "an observation one level below a unit that is held: a talk, and no unit again" {
  role = "TASS",
  holds = { { "TDA 2.7", date = "2023-06-30" } },
  ratings = { STL4 = { level = 2, evidence = "observer", date = "2026-07-14" } },
  colleagues = {},
  expect = {
    { fires = "talk-about-certificate", on = "STL4", proposes = "finding-out.review" },
    { refuses = "unit-for-one-gap", on = "STL4", why = "already hold a unit or an award" },
    { recommends = "finding-out.review" },
    { recommends = "e-learning.STL4" },
    { not_recommends = "unit.TDA-2.7" },
  },
}
