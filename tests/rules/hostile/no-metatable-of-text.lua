-- the metatable of texts by a field
-- expect: error unknown name
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return ("x").__index
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
