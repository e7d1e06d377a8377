-- a float too large to be whole
-- expect: error no integer representation
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = 2^63 | 0
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
