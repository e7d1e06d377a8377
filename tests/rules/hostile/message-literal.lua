-- a message that stands in the rule is told
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
