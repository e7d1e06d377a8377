-- numbers where texts are taken
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return string.len(12) == 2 and (12 .. "") == "12" and string.rep(1.5, 2) == "1.51.5"
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
