-- raw comparisons
-- expect: fault unknown name
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return rawequal(need, need)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
