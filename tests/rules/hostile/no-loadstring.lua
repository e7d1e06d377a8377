-- text as a program
-- expect: fault unknown name
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return loadstring("return 1")()
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
