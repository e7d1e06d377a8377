-- One gap that no colleague can close at present.

test "one gap, nobody available: a single unit" {
  role = "TASS",
  needs = {
    { "STL1", current = 1, required = 2 },
  },
  expect = {
    { fires = "unit-for-one-gap", on = "STL1", proposes = "unit.TDA-2.10" },
    { first = "STL1", is = "unit.TDA-2.10" },
    { refuses = "qualification-for-several-gaps" },
  },
}

test "one gap, a colleague available" {
  role = "TASS",
  needs = {
    { "STL1", current = 1, required = 2, helpers = { "coach" } },
  },
  expect = {
    { refuses = "unit-for-one-gap", why = "a colleague in school can help" },
  },
}

test "no wish to study: no unit" {
  role = "TASS",
  progression = "no",
  needs = {
    { "STL1", current = 1, required = 2 },
  },
  expect = {
    { refuses = "unit-for-one-gap", why = "you do not want to study for now" },
    { first = "STL1", is = "e-learning.STL1" },
  },
}

test "the units that cover it are already held" {
  role = "TASS",
  holds = { "TDA 2.10" },
  needs = {
    { "STL1", current = 1, required = 2 },
  },
  expect = {
    { refuses = "unit-for-one-gap", why = "there is no unit for this that you do not already hold" },
  },
}

test "two units with the same credits: the one at the level nearer to the post" {
  role = "TASS",
  needs = {
    { "STL3", current = 1, required = 2 },
  },
  expect = {
    { first = "STL3", is = "unit.TDA-2.9" },
  },
}

test "practice is missing: no unit that assesses only knowledge" {
  role = "TASS",
  needs = {
    { "STL2", current = 1, required = 2, nature = "skill" },
  },
  expect = {
    { first = "STL2", is = "e-learning.STL2" },
    { refuses = "unit-for-one-gap", why = "there is no unit for this that you do not already hold" },
  },
}

test "knowledge is missing: a unit that assesses knowledge" {
  role = "TASS",
  needs = {
    { "STL2", current = 1, required = 2, nature = "knowledge" },
  },
  expect = {
    { fires = "unit-for-one-gap", on = "STL2", proposes = "unit.TDA-2.1" },
    { first = "STL2", is = "resource.STL2" },
  },
}
