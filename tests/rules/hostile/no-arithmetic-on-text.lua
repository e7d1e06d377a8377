-- texts are no numbers
-- expect: error attempt to perform arithmetic on a string value
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return "10" + 1 == 11
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
