-- a rule made inside a rule
-- expect: error
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    rule "another" { about = "a", source = "guide-2010", owner = "tests", recommend = function() end }
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
