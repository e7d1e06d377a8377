-- no format
-- expect: error unknown name 'string.format'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return string.format("%p", {})
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
