-- a fact as the name of a fact
-- expect: error unknown
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return need[person.contract]
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
