-- a priority out of bounds
-- expect: error priority is a whole number from 0 to 100
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing { priority = 101 }
  end,
}
