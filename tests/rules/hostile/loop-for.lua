-- a loop to the largest number
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    for i = 1, math.maxinteger do end return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
