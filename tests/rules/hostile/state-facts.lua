-- facts changed
-- expect: error facts cannot be changed
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    need.gap = 0
    return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
