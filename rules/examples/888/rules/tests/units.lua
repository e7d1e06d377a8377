test "nobody here can help, and she wants to move on" {
  role = "TASS",
  progression = "yes",
  needs = { { "STL3", current = 1, required = 2 } },
  expect = { { fires = "unit-in-class", on = "STL3", proposes = "unit.TDA-2.9", because = "2 credits" } },
}

test "the smallest unit is already held: the next one" {
  role = "TASS",
  progression = "yes",
  holds = { "TDA 2.9" },
  needs = { { "STL3", current = 1, required = 2 } },
  expect = { { fires = "unit-in-class", proposes = "unit.TDA-2.8" } },
}

test "a colleague can help" {
  role = "TASS",
  progression = "yes",
  needs = { { "STL3", current = 1, required = 2, helpers = { "coach" } } },
  expect = { { refuses = "unit-in-class", why = "that comes first" } },
}

test "he has not said what he wants" {
  role = "TASS",
  needs = { { "STL3", current = 1, required = 2 } },
  expect = { { refuses = "unit-in-class", why = "you want to move on" } },
}

test "only units that test knowledge" {
  role = "TASS",
  progression = "yes",
  needs = { { "STL2", current = 1, required = 2 } },
  expect = { { refuses = "unit-in-class", why = "no unit at level 2" } },
}
