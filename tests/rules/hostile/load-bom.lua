-- a byte-order mark before the first word
-- expect: fault begins with a byte-order mark
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
