-- a rule made during an evaluation
-- expect: error rule is for the top of a file
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    rule "late" {}
    return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
