-- a float that one cannot be added to
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    for x = 2^53, 2^54, 1 do end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
