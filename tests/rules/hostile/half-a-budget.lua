-- over half of the budget: made again alone, and within it
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    for i = 1, 150000 do end return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
