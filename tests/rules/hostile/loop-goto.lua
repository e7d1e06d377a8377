-- a loop by goto
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    ::again:: goto again
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
