-- a message that the rule contains as plain text is reported
-- expect: error no such thing here
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    error("no such thing here")
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
