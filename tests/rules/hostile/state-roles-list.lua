-- a list of facts changed does not stay changed
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    table.insert(person.roles, "ADMIN")
    return #person.roles == 1
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
