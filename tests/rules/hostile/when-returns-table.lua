-- a condition that is a table
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return {}
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
