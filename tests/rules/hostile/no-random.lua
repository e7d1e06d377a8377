-- no chance
-- expect: error unknown name 'math.random'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return math.random() > 0.5
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
