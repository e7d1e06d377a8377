test "one level away, with a shadow host" {
  role = "CTKR",
  needs = { { "X.MAIN", current = 2, required = 3 } },
  colleagues = { "shadow-host" },
  expect = {
    { fires = "site-alongside", on = "X.MAIN" },
    { recommends = "shadowing.X.MAIN" },
  },
}

test "one level away, nobody available" {
  role = "CTKR",
  needs = { { "X.MAIN", current = 2, required = 3 } },
  expect = { { refuses = "site-alongside", why = "nobody is available in your school now" } },
}

test "two levels away" {
  role = "CTKR",
  needs = { { "X.MAIN", current = 1, required = 3 } },
  colleagues = { "shadow-host" },
  expect = { { refuses = "site-alongside", why = "more than one level" } },
}
