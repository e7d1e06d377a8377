-- what is not offered of tables
-- expect: error unknown name
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return table["re" .. "move"]
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
