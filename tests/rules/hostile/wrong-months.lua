-- months out of bounds
-- expect: error months are 0 to 1200
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return older_than("2026-02-20", -1)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
