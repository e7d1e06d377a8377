-- a number compared with digits
-- expect: error compare
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return 1 < "2"
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
