test "one step away from leading a reading group" {
  role = "TASS",
  needs = { { "STL6", current = 1, required = 2 } },
  expect = {
    { fires = "watch-a-reading-group", on = "STL6", proposes = "peer-observation.STL6" },
    { first = "STL6", is = "peer-observation.STL6" },
  },
}

test "two steps are too many for watching" {
  role = "TASS",
  needs = { { "STL6", current = 1, required = 3 } },
  expect = { { refuses = "watch-a-reading-group", why = "more than one level" } },
}
