-- a fact as a code
-- expect: error (made from facts)
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return person:holds(person.contract)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
