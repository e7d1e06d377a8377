-- bytes made to texts
-- expect: error unknown name
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return string.char(0)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
