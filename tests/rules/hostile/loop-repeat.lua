-- a loop that waits for what never comes
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    repeat until need.gap > 100
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
