-- a global between evaluations
-- expect: fault the global name 'seen' is set
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    seen = need.key
    return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
