-- a remainder by nothing
-- expect: error
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = 1 % (need.gap - need.gap)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
