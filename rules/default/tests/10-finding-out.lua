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
