-- The person's own English, mathematics and digital skills.

test "one step in mathematics" {
  role = "TASS",
  needs = {
    { "X.MATH", current = 1, required = 2, purpose = "growth", from = "basic-skills" },
  },
  expect = {
    { fires = "basic-skills-qualification", on = "X.MATH", proposes = "qualification.FS-MATH1" },
    { fires = "basic-skills-course", on = "X.MATH", proposes = "course.skills-for-life" },
    { first = "X.MATH", is = "qualification.FS-MATH1" },
    { refuses = "unit-for-one-gap" },
  },
}

test "two steps in English" {
  role = "TASS",
  needs = {
    { "X.ENGL", current = 0, required = 2, purpose = "growth", from = "basic-skills" },
  },
  expect = {
    { fires = "basic-skills-qualification", on = "X.ENGL", proposes = "qualification.FS-ENG-E3" },
    { first = "X.ENGL", is = "qualification.FS-ENG-E3" },
  },
}

test "two steps to the third level in mathematics" {
  role = "TASS",
  needs = {
    { "X.MATH", current = 1, required = 3, purpose = "growth", from = "basic-skills" },
  },
  expect = {
    { fires = "basic-skills-qualification", on = "X.MATH", proposes = "qualification.FS-MATH1" },
  },
}

test "two steps in English, and no wish to study" {
  role = "TASS",
  progression = "no",
  needs = {
    { "X.ENGL", current = 0, required = 2, purpose = "growth", from = "basic-skills" },
  },
  expect = {
    { first = "X.ENGL", is = "course.skills-for-life" },
    { refuses = "basic-skills-qualification", why = "you do not want to move on" },
  },
}

test "digital skills: a course in person, not a module" {
  role = "TASS",
  needs = {
    { "X.ITSK", current = 1, required = 2, purpose = "role", from = "basic-skills" },
  },
  expect = {
    { first = "X.ITSK", is = "qualification.EDSQ" },
    { fires = "basic-skills-course", on = "X.ITSK", proposes = "course.skills-for-life" },
  },
}

test "without a computer" {
  role = "TASS",
  no_computer = true,
  needs = {
    { "X.ENGL", current = 1, required = 2, purpose = "growth", from = "basic-skills" },
  },
  expect = {
    { first = "X.ENGL", is = "qualification.FS-ENG1" },
    { fires = "basic-skills-course", on = "X.ENGL", proposes = "course.skills-for-life" },
  },
}

test "own mathematics: no shadowing, even if a helper is available" {
  role = "TASS",
  needs = {
    { "X.MATH", current = 1, required = 2, purpose = "role", helpers = { "shadow-host", "coach", "mentor", "buddy" }, from = "new-role" },
  },
  expect = {
    { refuses = "shadow-one-level", why = "is for other competences" },
    { refuses = "new-role-mentor", why = "is for other competences" },
  },
}

test "not one of the basic skills" {
  role = "TASS",
  needs = {
    { "STL18", current = 1, required = 2 },
  },
  expect = {
    { refuses = "basic-skills-course" },
  },
}

test "two steps in English, and the award is held already" {
  role = "TASS",
  holds = { "FS-ENG1" },
  needs = {
    { "X.ENGL", current = 0, required = 2, purpose = "growth", from = "basic-skills" },
  },
  expect = {
    { first = "X.ENGL", is = "qualification.FS-ENG2" },
  },
}

test "two steps in English, and both awards are held already" {
  role = "TASS",
  holds = { "FS-ENG1", "FS-ENG2" },
  needs = {
    { "X.ENGL", current = 0, required = 2, purpose = "growth", from = "basic-skills" },
  },
  expect = {
    { refuses = "basic-skills-qualification", why = "no award for this" },
  },
}
