-- infinity by its exponent
-- expect: fires
local x = 1e999999999999
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
