-- a loop in an argument
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return given((function() while true do end end)(), otherwise "never")
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
