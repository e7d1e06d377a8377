-- a field made from facts
-- expect: error (made from facts)
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return true
  end,
  recommend = function(need, person, school)
    return shadowing { [need.competence] = 1 }
  end,
}
