-- arguments of the program
-- expect: fault unknown name
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return arg[0]
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
