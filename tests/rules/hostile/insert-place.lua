-- a place outside
-- expect: error must be a place in the list
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    table.insert({}, math.mininteger, 1)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
