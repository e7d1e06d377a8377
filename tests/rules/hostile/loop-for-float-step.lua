-- a step too small to get anywhere
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    for x = 0, 1, 1e-300 do end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
