-- from the least integer to the largest
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    for i = math.mininteger, math.maxinteger do end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
