-- a value of a fact in the message of a host function
-- expect: error unknown role (made from facts)
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return person:has_role(person.family)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
