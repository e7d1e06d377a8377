-- words that would speak to a terminal
-- expect: fault not printable
rule "hostile" {
  about = "\27[2J", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
