-- What somebody wants to do in the future.

test "a wish, with a shadow host and a group of schools" {
  role = "TASS",
  progression = "yes",
  school = { clusters = 1 },
  needs = {
    { "STL24", current = 2, required = 3, from = "wish", purpose = "growth", importance = "desirable", helpers = { "shadow-host" } },
  },
  expect = {
    { fires = "wish-shadow", on = "STL24", proposes = "shadowing.STL24" },
    { fires = "wish-network", on = "STL24", proposes = "network.STL24" },
    { fires = "growth-project", on = "STL24", proposes = "action-research.STL24" },
    { first = "STL24", is = "shadowing.STL24" },
    { refuses = "wish-qualification", why = "you have not asked for an open qualification" },
  },
}

test "a wish, nobody and no group of schools" {
  role = "TASS",
  progression = "yes",
  needs = {
    { "STL24", current = 1, required = 2, from = "wish", purpose = "growth", importance = "desirable" },
  },
  expect = {
    { refuses = "wish-shadow", why = "nobody is available in your school now" },
    { refuses = "wish-network", why = "does not belong to a group of schools" },
    { refuses = "growth-project", why = "this needs some practice first" },
  },
}

test "not a wish" {
  role = "TASS",
  school = { clusters = 2 },
  needs = {
    { "STL24", current = 2, required = 3, from = "review", purpose = "growth", helpers = { "shadow-host" } },
  },
  expect = {
    { refuses = "wish-shadow", why = "you have not asked for this" },
    { refuses = "wish-network", why = "you have not asked for this" },
    { refuses = "growth-project", why = "you want to move on" },
  },
}

test "a qualification that was asked for" {
  role = "TASS",
  progression = "yes",
  wishes = { qualification = "PLAY3-DIP" },
  needs = {
    { "X.OOSC", current = 1, required = 3, purpose = "growth", importance = "desirable", from = "wish" },
  },
  expect = {
    { fires = "wish-qualification", on = "X.OOSC", proposes = "qualification.PLAY3-DIP" },
    { first = "X.OOSC", is = "qualification.PLAY3-DIP" },
  },
}

test "a qualification that was asked for, and it is unknown whether registration is open: it comes last" {
  role = "TASS",
  progression = "yes",
  wishes = { qualification = "BA3" },
  needs = {
    { "X.CUST", current = 1, required = 2, purpose = "growth", importance = "desirable", from = "wish" },
  },
  expect = {
    { fires = "wish-qualification", on = "X.CUST", proposes = "qualification.BA3" },
    { first = "X.CUST", is = "e-learning.X.CUST" },
  },
}

test "two qualifications were asked for: the one that is known to be open" {
  role = "TASS",
  progression = "yes",
  wishes = { qualification = { "CIPFA-SFOL", "SBM4-DIP" } },
  needs = {
    { "X.BUDG", current = 2, required = 3, purpose = "growth", importance = "desirable", from = "wish" },
  },
  expect = {
    { fires = "wish-qualification", on = "X.BUDG", proposes = "qualification.SBM4-DIP" },
  },
}

test "a qualification that was asked for and is already held" {
  role = "TASS",
  progression = "yes",
  holds = { "PLAY3-DIP" },
  wishes = { qualification = "PLAY3-DIP" },
  needs = {
    { "X.OOSC", current = 1, required = 3, purpose = "growth", importance = "desirable", from = "wish" },
  },
  expect = {
    { refuses = "wish-qualification", why = "you have not asked for an open qualification" },
  },
}

test "a wish, nobody available, in a group of schools" {
  role = "TASS",
  school = { clusters = 1 },
  needs = {
    { "STL24", current = 2, required = 3, from = "wish", purpose = "growth", importance = "desirable" },
  },
  expect = {
    { first = "STL24", is = "network.STL24" },
  },
}

test "a wish, nobody and no group of schools, with some practice" {
  role = "TASS",
  progression = "yes",
  needs = {
    { "X.CLEA", current = 2, required = 3, from = "wish", purpose = "growth", importance = "desirable" },
  },
  expect = {
    { first = "X.CLEA", is = "action-research.X.CLEA" },
  },
}
