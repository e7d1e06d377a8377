-- patterns do not exist, not even as methods
-- expect: error unknown name 'string.find'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return ("x"):find("x")
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
