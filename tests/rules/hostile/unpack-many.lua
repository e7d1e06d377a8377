-- many values at once
-- expect: error table.unpack gives at most
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return table.unpack({}, 1, 1000000)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
