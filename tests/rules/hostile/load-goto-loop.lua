-- a loop by goto at the top
-- expect: fault too many instructions
::again:: goto again
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
