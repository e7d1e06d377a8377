-- no bytecode out
-- expect: error unknown name 'string.dump'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return ("").dump(function() end)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
