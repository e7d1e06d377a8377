-- an error while another error is reported
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
