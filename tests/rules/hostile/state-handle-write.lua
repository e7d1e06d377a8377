-- a field of a need set
-- expect: error
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    need.gap = 5
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
