-- select far behind
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return select(1 << 60, 1) == nil
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
