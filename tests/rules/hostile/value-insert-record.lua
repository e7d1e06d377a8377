-- something put into a record
-- expect: error
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    table.insert(combination("nvq-stl-2"), 1)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
