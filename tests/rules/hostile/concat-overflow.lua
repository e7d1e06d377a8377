-- bounds at the largest number
-- expect: error table.concat joins
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return table.concat({}, "", math.maxinteger - 1, math.maxinteger)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
