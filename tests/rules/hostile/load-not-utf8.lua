-- bytes that are no UTF-8, in a name
-- expect: fault
local ÿþ = 1
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
