-- patterns
-- expect: error unknown name
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return ("a"):gsub("a", "b")
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
