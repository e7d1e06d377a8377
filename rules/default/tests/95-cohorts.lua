-- The school as a whole.

test "six office staff need it by law" {
  cohorts = { { "X.GDPR", "administration", count = 6, statutory = 6 } },
  expect = {
    { fires = "one-session-by-law", on = "X.GDPR", proposes = "inset.X.GDPR" },
    { recommends = "inset.X.GDPR" },
    { refuses = "one-session-for-several", why = "fewer than four people have the same gap" },
    { refuses = "network-for-a-few", why = "the number of people with this gap is not two or three" },
  },
}

test "two caretakers need it by law" {
  cohorts = { { "X.GDPR", "site", count = 2, statutory = 2 } },
  expect = {
    { refuses = "one-session-by-law", why = "fewer than four people need it by law" },
    { not_recommends = "inset.X.GDPR" },
  },
}

test "four cooks have the same gap" {
  cohorts = { { "X.FOOD", "catering", count = 4 } },
  expect = {
    { fires = "one-session-for-several", on = "X.FOOD", proposes = "inset.X.FOOD" },
    { refuses = "one-session-by-law", why = "fewer than four people need it by law" },
  },
}

test "teaching assistants train together with teachers" {
  cohorts = { { "STL19", "learning-support", count = 5 } },
  expect = { { fires = "one-session-for-several", on = "STL19", proposes = "joint-training.STL19" } },
}

test "three people have the same gap and nobody in the school can help" {
  school = { clusters = 1 },
  cohorts = { { "STL19", "learning-support", count = 3 } },
  expect = {
    { fires = "network-for-a-few", on = "STL19", proposes = "network.STL19" },
    { refuses = "one-session-for-several" },
  },
}

test "three people have the same gap and a mentor is in the school" {
  school = { clusters = 1 },
  cohorts = { { "STL19", "learning-support", count = 3, helpers = "mentor" } },
  expect = { { refuses = "network-for-a-few", why = "somebody in the school can help" } },
}

test "three people have the same gap in a school that is in no cluster" {
  cohorts = { { "STL19", "learning-support", count = 3 } },
  expect = { { refuses = "network-for-a-few", why = "the school belongs to no cluster" } },
}

test "one person is too few for a school rule" {
  school = { clusters = 1 },
  cohorts = { { "STL19", "learning-support", count = 1 } },
  expect = { { refuses = "network-for-a-few", why = "the number of people with this gap is not two or three" } },
}
