-- roles asked for
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    while true do person:has_role("TASS") end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
