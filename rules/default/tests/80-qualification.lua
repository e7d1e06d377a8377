-- Several gaps that meet the guide's conditions.

test "no wish to study" {
  role = "TASS",
  progression = "no",
  needs = {
    { "STL1", current = 1, required = 2 },
  },
  expect = {
    { refuses = "qualification-for-several-gaps", why = "you do not want to study for now" },
  },
}

test "two gaps are not several" {
  role = "TASS",
  needs = {
    { "STL1", current = 1, required = 2 },
    { "STL3", current = 1, required = 2 },
  },
  expect = {
    { refuses = "qualification-for-several-gaps", why = "no open qualification covers three" },
  },
}

test "five core gaps, nobody available" {
  role = "TASS",
  needs = {
    { "STL1", current = 1, required = 2 },
    { "STL2", current = 1, required = 2 },
    { "STL3", current = 1, required = 2 },
    { "STL4", current = 1, required = 2 },
    { "STL5", current = 1, required = 2 },
  },
  expect = {
    { fires = "qualification-for-several-gaps", on = "STL3", proposes = "qualification.STLS2-CERT" },
    { first = "STL3", is = "unit.TDA-2.9" },
  },
}

test "five core gaps, colleagues available, no wish to move on" {
  role = "TASS",
  needs = {
    { "STL1", current = 1, required = 2, helpers = { "coach" } },
    { "STL2", current = 1, required = 2, helpers = { "coach" } },
    { "STL3", current = 1, required = 2, helpers = { "coach" } },
    { "STL4", current = 1, required = 2, helpers = { "coach" } },
    { "STL5", current = 1, required = 2, helpers = { "coach" } },
  },
  expect = {
    { refuses = "qualification-for-several-gaps", why = "a colleague in school can help" },
    { first = "STL3", is = "coaching.STL3" },
  },
}

test "five core gaps, colleagues available, and a wish to move on: the award comes second" {
  role = "TASS",
  progression = "yes",
  needs = {
    { "STL1", current = 1, required = 2, helpers = { "coach" } },
    { "STL2", current = 1, required = 2, helpers = { "coach" } },
    { "STL3", current = 1, required = 2, helpers = { "coach" } },
    { "STL4", current = 1, required = 2, helpers = { "coach" } },
  },
  expect = {
    { fires = "qualification-for-several-gaps", on = "STL3", proposes = "qualification.STLS2-CERT" },
    { first = "STL3", is = "coaching.STL3" },
  },
}

test "core gaps, and the level 2 certificate is held: no award at that level" {
  role = "TASS",
  holds = { "STLS2-CERT" },
  needs = {
    { "STL1", current = 1, required = 2 },
    { "STL2", current = 1, required = 2 },
    { "STL3", current = 1, required = 2 },
    { "STL4", current = 1, required = 2 },
  },
  expect = {
    { refuses = "qualification-for-several-gaps", why = "no open qualification covers three" },
  },
}

test "core gaps, and a level 3 diploma is held: no award at or below that level" {
  role = "TASS",
  holds = { "STLS3-DIP" },
  needs = {
    { "STL1", current = 1, required = 2 },
    { "STL2", current = 1, required = 2 },
    { "STL3", current = 1, required = 2 },
    { "STL4", current = 1, required = 2 },
  },
  expect = {
    { refuses = "qualification-for-several-gaps", why = "no open qualification covers three" },
  },
}

test "three core gaps and one other: the award covers the three" {
  role = "TASS",
  needs = {
    { "STL1", current = 1, required = 2 },
    { "STL2", current = 1, required = 2 },
    { "STL3", current = 1, required = 2 },
    { "X.CLEA", current = 1, required = 2 },
  },
  expect = {
    { fires = "qualification-for-several-gaps", on = "STL1", proposes = "qualification.STLS2-CERT" },
    { first = "X.CLEA", is = "e-learning.X.CLEA" },
  },
}

test "several gaps, and no wish to study" {
  role = "TASS",
  progression = "no",
  needs = {
    { "STL1", current = 1, required = 2 },
    { "STL2", current = 1, required = 2 },
    { "STL3", current = 1, required = 2 },
  },
  expect = {
    { refuses = "qualification-for-several-gaps", why = "you do not want to study for now" },
  },
}

test "gaps of early years: the one known to be open, before one that covers more but of which nobody knows" {
  role = "TASS",
  needs = {
    { "STL1", current = 1, required = 2 },
    { "STL2", current = 1, required = 2 },
    { "STL3", current = 1, required = 2 },
    { "STL4", current = 1, required = 2 },
    { "STL10", current = 1, required = 2 },
    { "X.EYFS", current = 1, required = 2 },
  },
  expect = {
    { fires = "qualification-for-several-gaps", on = "STL10", proposes = "qualification.EY2-DIP" },
    { first = "X.EYFS", is = "qualification.EY2-DIP" },
  },
}
