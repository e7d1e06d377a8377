-- a name that would speak to a terminal
-- expect: fault a rule's name
rule "\27[2J" { about = "a", source = "guide-2010", owner = "tests", recommend = function() end }
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
