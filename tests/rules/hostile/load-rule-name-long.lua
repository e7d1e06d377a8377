-- a name of hundreds of bytes
-- expect: fault a rule's name
rule(("n"):rep(230)) { about = "a", source = "guide-2010", owner = "tests", recommend = function() end }
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
