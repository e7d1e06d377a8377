-- a priority that is too large
-- expect: error
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return true
  end,
  recommend = function(need, person, school)
    return shadowing { priority = math.huge }
  end,
}
