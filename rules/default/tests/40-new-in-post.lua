-- New in the school, in a role, or with a duty.

test "new in the school, with a buddy and somebody to go along with" {
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

test "new in the school, nobody free" {
  role = "TASS",
  needs = {
    { "STL18", current = 1, required = 2, from = "induction" },
  },
  expect = {
    { refuses = "induction-buddy", why = "nobody is available here now" },
    { refuses = "induction-shadow", why = "nobody is available here now" },
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
    { refuses = "induction-buddy", why = "you are not new in the school" },
    { refuses = "induction-shadow", why = "you are not new in the school" },
  },
}

test "new role, nobody free" {
  role = "TASS",
  needs = {
    { "STL51", current = 1, required = 3, from = "new-role" },
  },
  expect = {
    { refuses = "new-role-mentor", why = "nobody is available here now" },
    { refuses = "new-role-buddy", why = "nobody is available here now" },
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

test "new duty, nobody free" {
  role = "TASS",
  needs = {
    { "STL36", current = 1, required = 3, from = "new-duty" },
  },
  expect = {
    { refuses = "new-duty-coach", why = "nobody is available here now" },
    { refuses = "new-duty-shadow", why = "nobody is available here now" },
  },
}

-- What is new comes before what is merely one or two levels away.
test "new in the school, only somebody to go along with and a coach" {
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
