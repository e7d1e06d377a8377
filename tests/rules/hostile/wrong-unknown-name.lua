-- a slip in a name
-- expect: fault unknown name 'coachng'; did you mean 'coaching'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return coachng {}
  end,
}
