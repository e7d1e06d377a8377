-- a rule whose fields are worked out without end
-- expect: fault too many instructions
rule "a" { about = (function() while true do end end)() }
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
