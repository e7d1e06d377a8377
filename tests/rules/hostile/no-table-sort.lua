-- no sort
-- expect: error unknown name 'table.sort'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    table.sort({})
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
