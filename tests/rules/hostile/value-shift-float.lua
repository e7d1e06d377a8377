-- a float that is not whole, shifted
-- expect: error no integer representation
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x = 1.5 << 1
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
