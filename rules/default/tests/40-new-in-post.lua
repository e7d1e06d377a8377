-- New to the school, in a new role, or with a new duty.

test "new to the school, with a buddy and a shadow host" {
  role = "TASS",
  needs = {
    { "STL18", current = 1, required = 2, from = "induction", helpers = { "buddy", "shadow-host" } },
  },
  expect = {
    { fires = "induction-buddy", on = "STL18", proposes = "buddying.STL18" },
    { fires = "induction-shadow", on = "STL18", proposes = "shadowing.STL18" },
    { first = "STL18", is = "buddying.STL18" },
    { refuses = "new-role-mentor", why = "your role is not new" },
    { refuses = "new-role-buddy", why = "your role is not new" },
    { refuses = "new-duty-coach" },
    { refuses = "new-duty-shadow" },
  },
}

test "new to the school, nobody available" {
  role = "TASS",
  needs = {
    { "STL18", current = 1, required = 2, from = "induction" },
  },
  expect = {
    { refuses = "induction-buddy", why = "nobody is available in your school now" },
    { refuses = "induction-shadow", why = "nobody is available in your school now" },
  },
}

test "new role with a mentor" {
  role = "TASS",
  needs = {
    { "STL51", current = 1, required = 3, from = "new-role", helpers = { "mentor", "buddy" } },
  },
  expect = {
    { fires = "new-role-mentor", on = "STL51", proposes = "mentoring.STL51" },
    { fires = "new-role-buddy", on = "STL51", proposes = "buddying.STL51" },
    { first = "STL51", is = "mentoring.STL51" },
    { refuses = "induction-buddy", why = "you are not new to the school" },
    { refuses = "induction-shadow", why = "you are not new to the school" },
  },
}

test "new role, nobody available" {
  role = "TASS",
  needs = {
    { "STL51", current = 1, required = 3, from = "new-role" },
  },
  expect = {
    { refuses = "new-role-mentor", why = "nobody is available in your school now" },
    { refuses = "new-role-buddy", why = "nobody is available in your school now" },
  },
}

test "new duty with a coach and a host" {
  role = "TASS",
  needs = {
    { "STL36", current = 1, required = 3, from = "new-duty", helpers = { "coach", "shadow-host" } },
  },
  expect = {
    { fires = "new-duty-coach", on = "STL36", proposes = "coaching.STL36" },
    { fires = "new-duty-shadow", on = "STL36", proposes = "shadowing.STL36" },
    { first = "STL36", is = "coaching.STL36" },
  },
}

test "new duty, nobody available" {
  role = "TASS",
  needs = {
    { "STL36", current = 1, required = 3, from = "new-duty" },
  },
  expect = {
    { refuses = "new-duty-coach", why = "nobody is available in your school now" },
    { refuses = "new-duty-shadow", why = "nobody is available in your school now" },
  },
}

-- A new role or duty comes before an ordinary gap of one or two levels.
test "new to the school, with only a shadow host and a coach" {
  role = "TASS",
  needs = {
    { "STL18", current = 1, required = 2, from = "induction", helpers = { "shadow-host", "coach", "buddy" }, confidence = 0 },
  },
  expect = {
    { first = "STL18", is = "buddying.STL18" },
  },
}

test "new role, only a buddy and a coach" {
  role = "TASS",
  needs = {
    { "STL51", current = 1, required = 3, from = "new-role", helpers = { "buddy", "coach" } },
  },
  expect = {
    { first = "STL51", is = "buddying.STL51" },
  },
}

test "new duty, a host and a mentor" {
  role = "TASS",
  needs = {
    { "STL36", current = 1, required = 3, from = "new-duty", helpers = { "shadow-host", "mentor" } },
  },
  expect = {
    { first = "STL36", is = "shadowing.STL36" },
  },
}

test "new to the school and not rated: a buddy where there is one, else a talk after some weeks" {
  role = "ADMC",
  needs = {
    { "X.DOCS", required = 2, from = "induction", helpers = { "buddy" } },
    { "X.CUST", required = 2, from = "induction" },
    { "X.SPRD", required = 2 },
  },
  expect = {
    { fires = "induction-buddy", on = "X.DOCS", proposes = "buddying.X.DOCS" },
    { first = "X.DOCS", is = "buddying.X.DOCS" },
    { fires = "induction-talk", on = "X.CUST", proposes = "finding-out.review" },
    { first = "X.CUST", is = "finding-out.review" },
    { refuses = "self-assessment", on = "X.CUST", why = "you are new to the school" },
    { refuses = "induction-talk", on = "X.SPRD", why = "you are not new" },
    { first = "X.SPRD", is = "finding-out.self-assessment" },
  },
}

test "new to the school, not rated and without a computer" {
  role = "MIDA",
  no_computer = true,
  needs = { { "STL4", required = 2, from = "induction" } },
  expect = {
    { refuses = "review-without-computer", why = "you are new to the school" },
    { fires = "induction-talk", on = "STL4" },
  },
}

test "a new duty that nobody has rated: beside the colleague who does it" {
  role = "ADMC",
  needs = { { "X.SCRC", required = 3, from = "new-duty", helpers = { "coach", "shadow-host" } } },
  expect = {
    { fires = "new-duty-coach", on = "X.SCRC" },
    { first = "X.SCRC", is = "coaching.X.SCRC" },
  },
}

test "nobody in the school does it: people in neighbouring schools" {
  role = "BUSS",
  school = { clusters = 2 },
  needs = { { "X.STRA", current = 2, required = 3, nature = "skill" } },
  expect = { { fires = "network-alone", on = "X.STRA", proposes = "network.X.STRA" } },
}
