-- a priority that is no number
-- expect: error
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return true
  end,
  recommend = function(need, person, school)
    return shadowing { priority = 0/0 }
  end,
}
