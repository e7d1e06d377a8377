-- a place that is not whole
-- expect: error no integer representation
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    table.insert({ 1, 2 }, 1.5, 3)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
