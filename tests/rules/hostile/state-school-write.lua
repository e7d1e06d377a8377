-- a field of the school set
-- expect: error
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    school.phase = "x"
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
