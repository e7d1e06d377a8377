-- bounds that overflow
-- expect: error table.unpack gives at most
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return table.unpack({}, math.mininteger, math.maxinteger)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
