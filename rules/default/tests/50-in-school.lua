-- Informal first.

test "one level away, with a shadow host and a coach" {
  role = "TASS",
  needs = {
    { "STL18", current = 1, required = 2, helpers = { "shadow-host", "coach" } },
  },
  expect = {
    { fires = "shadow-one-level", on = "STL18", proposes = "shadowing.STL18" },
    { fires = "coach-one-level", on = "STL18", proposes = "coaching.STL18" },
    { first = "STL18", is = "shadowing.STL18" },
    { refuses = "mentor-two-levels", why = "the gap is only one level" },
    { refuses = "coach-two-levels", why = "the gap is only one level" },
    { refuses = "unit-for-one-gap", why = "a colleague in school can help" },
    { refuses = "knowledge-reading", why = "more than knowledge is missing" },
    { refuses = "knowledge-module", why = "no knowledge is missing" },
    { refuses = "unsure-buddy", why = "you have not said how confident you feel" },
    { refuses = "unsure-observation", why = "you have not said how confident you feel" },
    { refuses = "plan-with-teachers", why = "not one of the school's current priorities" },
    { refuses = "plan-training-day", why = "not one of the school's current priorities" },
    { refuses = "audit-training-day", why = "no skills audit" },
    { refuses = "induction-buddy" },
  },
}

test "one level away, nobody available" {
  role = "TASS",
  needs = {
    { "STL18", current = 1, required = 2 },
  },
  expect = {
    { refuses = "shadow-one-level", why = "nobody is available in your school now" },
    { refuses = "coach-one-level", why = "nobody is available in your school now" },
  },
}

test "two levels away, with a mentor and a coach" {
  role = "TASS",
  needs = {
    { "STL18", current = 1, required = 3, helpers = { "mentor", "coach" } },
  },
  expect = {
    { fires = "mentor-two-levels", on = "STL18", proposes = "mentoring.STL18" },
    { fires = "coach-two-levels", on = "STL18", proposes = "coaching.STL18" },
    { first = "STL18", is = "mentoring.STL18" },
    { refuses = "shadow-one-level", why = "more than one level" },
    { refuses = "coach-one-level", why = "more than one level" },
  },
}

test "knowledge is missing" {
  role = "TASS",
  needs = {
    { "STL12", current = 1, required = 2, nature = "knowledge", helpers = { "shadow-host" } },
  },
  expect = {
    { fires = "knowledge-reading", on = "STL12", proposes = "resource.STL12" },
    { fires = "knowledge-module", on = "STL12", proposes = "e-learning.STL12" },
    { first = "STL12", is = "resource.STL12" },
  },
}

test "knowledge and skill are missing" {
  role = "TASS",
  needs = {
    { "STL12", current = 1, required = 2, nature = "both" },
  },
  expect = {
    { fires = "knowledge-module", on = "STL12", proposes = "e-learning.STL12" },
    { refuses = "knowledge-reading" },
  },
}

test "knowledge is missing, no computer" {
  role = "TASS",
  no_computer = true,
  needs = {
    { "STL12", current = 1, required = 2, nature = "knowledge" },
  },
  expect = {
    { fires = "knowledge-reading", on = "STL12", proposes = "resource.STL12" },
    { refuses = "knowledge-module", why = "you have no computer" },
  },
}

test "unsure, with a buddy" {
  role = "TASS",
  needs = {
    { "STL19", current = 1, required = 2, confidence = 1, helpers = { "buddy" } },
  },
  expect = {
    { fires = "unsure-buddy", on = "STL19", proposes = "buddying.STL19" },
    { fires = "unsure-observation", on = "STL19", proposes = "peer-observation.STL19" },
    { first = "STL19", is = "buddying.STL19" },
  },
}

test "unsure, nothing done yet" {
  role = "TASS",
  needs = {
    { "STL19", current = 0, required = 1, confidence = 0, helpers = { "buddy" } },
  },
  expect = {
    { refuses = "unsure-observation", why = "this needs some practice first" },
  },
}

test "unsure, nobody available" {
  role = "TASS",
  needs = {
    { "STL19", current = 1, required = 2, confidence = 0 },
  },
  expect = {
    { refuses = "unsure-buddy", why = "nobody is available in your school now" },
    { refuses = "unsure-observation", why = "nobody is available in your school now" },
  },
}

test "confident enough" {
  role = "TASS",
  needs = {
    { "STL19", current = 1, required = 2, confidence = 3, helpers = { "buddy" } },
  },
  expect = {
    { refuses = "unsure-buddy", why = "you feel confident enough" },
    { refuses = "unsure-observation", why = "you feel confident enough" },
  },
}

test "the school's plan, in the classroom" {
  role = "TASS",
  needs = {
    { "STL28", current = 1, required = 2, from = "plan", purpose = "growth", importance = "desirable" },
  },
  expect = {
    { fires = "plan-with-teachers", on = "STL28", proposes = "joint-training.STL28" },
    { fires = "plan-training-day", on = "STL28", proposes = "inset.STL28" },
    { first = "STL28", is = "joint-training.STL28" },
  },
}

test "the school's plan, in the kitchen" {
  role = "COOK",
  needs = {
    { "X.ALLG", current = 1, required = 2, from = "plan", purpose = "growth", importance = "desirable" },
  },
  expect = {
    { first = "X.ALLG", is = "inset.X.ALLG" },
    { refuses = "plan-with-teachers" },
  },
}

test "a skills audit showed it" {
  role = "TASS",
  needs = {
    { "STL28", current = 1, required = 2, from = "audit" },
  },
  expect = {
    { fires = "audit-training-day", on = "STL28", proposes = "inset.STL28" },
  },
}

test "one level away, only a coach, and knowledge is missing too" {
  role = "TASS",
  needs = {
    { "STL18", current = 1, required = 2, helpers = { "coach" }, nature = "both" },
  },
  expect = {
    { first = "STL18", is = "coaching.STL18" },
  },
}

test "a skills audit showed it, nobody available, knowledge is missing too" {
  role = "TASS",
  needs = {
    { "STL28", current = 1, required = 2, from = "audit", nature = "both" },
  },
  expect = {
    { first = "STL28", is = "inset.STL28" },
  },
}

test "a skills audit showed it, and a coach is available" {
  role = "TASS",
  needs = {
    { "STL28", current = 1, required = 2, from = "audit", helpers = { "coach" } },
  },
  expect = {
    { first = "STL28", is = "coaching.STL28" },
  },
}

test "unsure, and only a coach is available" {
  role = "TASS",
  needs = {
    { "STL19", current = 1, required = 2, confidence = 1, helpers = { "coach" } },
  },
  expect = {
    { first = "STL19", is = "peer-observation.STL19" },
  },
}
