-- a fact called
-- expect: error
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return person.contract()
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
