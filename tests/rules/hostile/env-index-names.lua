-- names of the language as fields of the environment
-- expect: fault unknown name 'load'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return _ENV["load"]
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
