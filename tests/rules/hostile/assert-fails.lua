-- an assertion
-- expect: error this must hold
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    assert(need.gap > 100, "this must hold")
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
