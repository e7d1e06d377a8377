-- select from place nothing
-- expect: error
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return select(0, 1)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
