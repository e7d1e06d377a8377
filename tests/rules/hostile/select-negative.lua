-- a place before the first
-- expect: error must be a place in the list
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return select(-5, 1)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
