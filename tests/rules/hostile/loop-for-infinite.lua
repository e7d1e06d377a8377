-- to infinity
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    for x = 1, math.huge do end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
