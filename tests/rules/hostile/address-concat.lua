-- addresses by table.concat
-- expect: error there is a table
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return table.concat({ {} }, ",")
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
