-- an assertion with facts
-- expect: error withheld
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    assert(false, person.contract)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
