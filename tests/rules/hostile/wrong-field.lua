-- a slip in a field
-- expect: fault shadowing has no field 'week'; did you mean 'weeks'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing { week = 2 }
  end,
}
