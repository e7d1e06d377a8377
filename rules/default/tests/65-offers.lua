-- What can be booked now.

test "asbestos awareness is out of date and a course can be booked" {
  role = "PREM",
  needs = {
    { "X.ASBE", importance = "essential", purpose = "compliance", from = "refresh", lapsed = "2026-10-22" },
    { "X.COSH", importance = "essential", purpose = "compliance", from = "refresh", lapsed = "2026-10-22" },
    { "X.FAID", importance = "essential", purpose = "compliance", from = "refresh", lapsed = "2026-10-22" },
  },
  offers = { { development = "course.asbestos-awareness", fee = 4400, first = "2026-12-09" } },
  expect = {
    { fires = "offered-refresher", on = "X.ASBE", proposes = "course.asbestos-awareness" },
    { first = "X.ASBE", is = "course.asbestos-awareness" },
    { refuses = "offered-refresher", on = "X.COSH", why = "no course for this" },
    { refuses = "offered-refresher", on = "X.FAID", why = "only a certificate" },
  },
}

test "asbestos awareness is below what the post requires" {
  role = "PREM",
  needs = {
    { "X.ASBE", current = 1, required = 2, importance = "essential", purpose = "compliance" },
    { "X.COSH", current = 1, required = 2, importance = "essential", purpose = "compliance" },
    { "X.FAID", current = 1, required = 2, importance = "essential", purpose = "compliance" },
  },
  offers = { { development = "course.asbestos-awareness", fee = 4400, first = "2026-12-09" } },
  expect = {
    { fires = "offered-for-safety", on = "X.ASBE", proposes = "course.asbestos-awareness" },
    { refuses = "offered-for-safety", on = "X.COSH", why = "no course for this" },
    { refuses = "offered-for-safety", on = "X.FAID", why = "only a certificate" },
  },
}

test "a class for the person's own English" {
  role = "CLNR",
  needs = { { "X.ENGL", current = 1, required = 2 } },
  offers = { { development = "course.skills-for-life", first = "2027-01-12" } },
  expect = {
    { fires = "offered-basic-skills", proposes = "course.skills-for-life" },
    { refuses = "offered-course", why = "a rule of its own" },
    { first = "X.ENGL", is = "course.skills-for-life" },
  },
}

test "a class on screen is no class for somebody without a computer" {
  role = "CLNR",
  no_computer = true,
  needs = { { "X.ENGL", current = 1, required = 2 } },
  offers = { { development = "course.skills-for-life", first = "2027-01-12", mode = "online" } },
  expect = {
    { refuses = "offered-basic-skills", why = "no course for this" },
  },
}

test "a course where nobody in school can help" {
  role = "TASS",
  needs = {
    { "X.INTV", current = 1, required = 3 },
    { "STL25", current = 1, required = 2, helpers = { "coach" } },
    { "STL18", current = 1, required = 2 },
  },
  offers = { { development = "course.reading-intervention", first = "2027-01-12" } },
  expect = {
    { fires = "offered-course", on = "X.INTV", proposes = "course.reading-intervention" },
    { refuses = "offered-course", on = "STL25", why = "a colleague in school can help" },
    { refuses = "offered-course", on = "STL18", why = "no course for this" },
  },
}

test "the only business manager meets those of other schools" {
  role = "BUSS",
  needs = {
    { "X.STRA", current = 2, required = 3 },
    { "X.PROC", current = 2, required = 3, helpers = { "coach" } },
    { "X.LEAD", current = 2, required = 3 },
  },
  offers = { { development = "network.sbm", first = "2026-11-26" } },
  expect = {
    { fires = "offered-network", on = "X.STRA", proposes = "network.sbm" },
    { refuses = "offered-network", on = "X.PROC", why = "a colleague in school can help" },
    { refuses = "offered-network", on = "X.LEAD", why = "no network for this" },
  },
}

test "a single unit that can be booked" {
  role = "TASS",
  needs = {
    { "STL3", current = 1, required = 2 },
    { "STL1", current = 1, required = 2 },
    { "STL4", current = 1, required = 2, helpers = { "coach" } },
  },
  offers = { { development = "unit.TDA-2.9", first = "2027-01-12" } },
  expect = {
    { fires = "offered-unit", on = "STL3", proposes = "unit.TDA-2.9" },
    { first = "STL3", is = "unit.TDA-2.9" },
    { refuses = "offered-unit", on = "STL1", why = "no unit for this can be booked" },
    { refuses = "offered-unit", on = "STL4", why = "a colleague in school can help" },
  },
}

test "a single unit, and no wish to study" {
  role = "TASS",
  progression = "no",
  needs = { { "STL3", current = 1, required = 2 } },
  offers = { { development = "unit.TDA-2.9", first = "2027-01-12" } },
  expect = { { refuses = "offered-unit", why = "you do not want to study" } },
}
