-- The last resort.

test "nobody available and no unit that covers it" {
  role = "TASS",
  needs = {
    { "X.CLEA", current = 1, required = 2 },
  },
  expect = {
    { fires = "own-study-module", on = "X.CLEA", proposes = "e-learning.X.CLEA" },
    { fires = "own-study-reading", on = "X.CLEA", proposes = "resource.X.CLEA" },
    { first = "X.CLEA", is = "e-learning.X.CLEA" },
  },
}

test "nobody available and no computer" {
  role = "STCH",
  no_computer = true,
  needs = {
    { "X.CLEA", current = 1, required = 2 },
  },
  expect = {
    { first = "X.CLEA", is = "resource.X.CLEA" },
    { refuses = "own-study-module", why = "you have no computer" },
  },
}

test "a statutory need is not left to private study" {
  role = "TASS",
  needs = {
    { "X.SAFE", current = 1, required = 2, importance = "statutory", purpose = "compliance" },
  },
  expect = {
    { refuses = "own-study-module" },
    { refuses = "own-study-reading" },
  },
}

test "cooking is not learnt on a screen or by reading" {
  role = "TASS",
  needs = {
    { "X.COOK", current = 2, required = 3 },
  },
  expect = {
    { fires = "own-study-practice", on = "X.COOK", proposes = "inset.X.COOK" },
    { refuses = "own-study-beside", why = "one level" },
    { first = "X.COOK", is = "inset.X.COOK" },
    { refuses = "own-study-module", why = "learnt by doing" },
    { refuses = "own-study-reading", why = "learnt by doing" },
  },
}

test "playground supervision is learnt on the playground" {
  role = "TASS",
  needs = {
    { "X.MIDD", current = 1, required = 2 },
  },
  expect = {
    { first = "X.MIDD", is = "inset.X.MIDD" },
    { refuses = "own-study-module", why = "learnt by doing" },
  },
}

test "somebody would like to learn first aid" {
  role = "TASS",
  needs = {
    { "X.FAID", current = 0, required = 1, importance = "desirable", purpose = "growth", from = "wish" },
  },
  expect = {
    { fires = "later-practice", on = "X.FAID", proposes = "inset.X.FAID" },
    { refuses = "later-module", why = "learnt by doing" },
    { refuses = "later-reading", why = "learnt by doing" },
  },
}

test "somebody would like to learn something and has no computer" {
  role = "STCH",
  no_computer = true,
  needs = {
    { "X.CLEA", current = 1, required = 2, importance = "desirable", purpose = "growth", from = "wish" },
  },
  expect = {
    { refuses = "later-module", why = "you have no computer" },
    { fires = "later-reading", on = "X.CLEA", proposes = "resource.X.CLEA" },
    { refuses = "later-practice", why = "from a module or by reading" },
  },
}

test "nice to have, and the post is new: that waits until the first months are over" {
  role = "TASS",
  needs = {
    { "X.CLEA", current = 1, required = 2, importance = "desirable", purpose = "growth", from = "new-role" },
  },
  expect = {
    { refuses = "own-study-module", why = "for another purpose" },
    { refuses = "later-module" },
    { refuses = "later-reading" },
    { refuses = "unit-for-one-gap" },
  },
}

test "no session for what can be learnt by reading" {
  role = "TASS",
  needs = {
    { "X.CLEA", current = 1, required = 2 },
  },
  expect = {
    { refuses = "own-study-practice", why = "from a module or by reading" },
  },
}

test "two levels at once are learnt with others, not on a screen" {
  role = "TASS",
  needs = {
    { "STL18", current = 1, required = 3, nature = "knowledge" },
  },
  expect = {
    { fires = "own-study-beside", on = "STL18", proposes = "inset.STL18" },
    { refuses = "own-study-module", why = "the gap is more than one level" },
    { refuses = "knowledge-module", why = "the gap is more than one level" },
    { refuses = "own-study-lead", why = "does not require this level" },
  },
}

test "teaching others is learnt by doing it" {
  role = "HLTA",
  needs = {
    { "STL18", current = 3, required = 4, nature = "knowledge" },
  },
  expect = {
    { fires = "own-study-lead", on = "STL18", proposes = "action-research.STL18" },
    { refuses = "own-study-module", why = "more than this leads to" },
    { refuses = "own-study-reading", why = "more than this leads to" },
    { refuses = "knowledge-reading", why = "more than this leads to" },
    { refuses = "knowledge-module", why = "more than this leads to" },
  },
}

test "nice to have, two levels short: with others too" {
  role = "TASS",
  needs = {
    { "STL18", current = 0, required = 2, purpose = "growth", importance = "desirable", from = "profile" },
    { "STL1", current = 3, required = 4, purpose = "growth", importance = "desirable", from = "profile" },
  },
  expect = {
    { fires = "later-beside", on = "STL18" },
    { refuses = "later-module", on = "STL1", why = "more than this leads to" },
    { refuses = "later-reading", on = "STL1", why = "more than this leads to" },
  },
}
