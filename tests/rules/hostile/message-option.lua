-- a value of a fact in the message of a host function
-- expect: error not for (made from facts)
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return person:wishes(person.family, "STL3")
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
