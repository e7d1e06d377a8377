-- half a week
-- expect: error weeks is a whole number
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing { weeks = 1.5 }
  end,
}
