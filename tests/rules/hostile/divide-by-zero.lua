-- division by nothing
-- expect: error attempt to divide by zero
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return 1 // (need.gap - need.gap) == 0
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
