-- an error while an error is told
-- expect: error withheld
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    error(error)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
