-- a development kept from the top
-- expect: fault
local kept = shadowing {}
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return kept
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
