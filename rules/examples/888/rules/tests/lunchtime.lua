test "five lunchtime staff" {
  cohorts = { { "X.DEES", "midday", count = 5 } },
  expect = { { fires = "lunchtime-session", on = "X.DEES", proposes = "inset.X.DEES" } },
}

test "two lunchtime staff" {
  cohorts = { { "X.DEES", "midday", count = 2 } },
  expect = { { refuses = "lunchtime-session", why = "fewer than three" } },
}
