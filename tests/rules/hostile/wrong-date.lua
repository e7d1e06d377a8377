-- no date
-- expect: error older_than takes a date
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return older_than("2026-02-30", 3)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
