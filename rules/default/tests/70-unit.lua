-- One gap that no colleague can close now.

test "one gap, nobody free: a single unit" {
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

test "one gap, somebody free" {
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

test "the units that give it are held already" {
  role = "TASS",
  holds = { "TDA 2.10" },
  needs = {
    { "STL1", current = 1, required = 2 },
  },
  expect = {
    { refuses = "unit-for-one-gap", why = "no unit that you do not hold yet" },
  },
}

test "two units of the same credit: the one nearer to the work asked for" {
  role = "TASS",
  needs = {
    { "STL3", current = 1, required = 2 },
  },
  expect = {
    { first = "STL3", is = "unit.TDA-2.9" },
  },
}

test "it is practice that is missing: no unit that asks for knowledge only" {
  role = "TASS",
  needs = {
    { "STL2", current = 1, required = 2, nature = "skill" },
  },
  expect = {
    { first = "STL2", is = "e-learning.STL2" },
    { refuses = "unit-for-one-gap", why = "no unit that you do not hold yet" },
  },
}

test "it is knowledge that is missing" {
  role = "TASS",
  needs = {
    { "STL2", current = 1, required = 2, nature = "knowledge" },
  },
  expect = {
    { fires = "unit-for-one-gap", on = "STL2", proposes = "unit.TDA-2.1" },
    { first = "STL2", is = "resource.STL2" },
  },
}
