test "one step away, and somebody to go along with" {
  role = "CTKR",
  needs = { { "X.MAIN", current = 2, required = 3 } },
  colleagues = { "shadow-host" },
  expect = {
    { fires = "site-alongside", on = "X.MAIN" },
    { recommends = "shadowing.X.MAIN" },
  },
}

test "one step away, and nobody is there" {
  role = "CTKR",
  needs = { { "X.MAIN", current = 2, required = 3 } },
  expect = { { refuses = "site-alongside", why = "nobody is available here now" } },
}

test "two steps away" {
  role = "CTKR",
  needs = { { "X.MAIN", current = 1, required = 3 } },
  colleagues = { "shadow-host" },
  expect = { { refuses = "site-alongside", why = "more than one level" } },
}
