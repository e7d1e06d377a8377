-- a table in a text
-- expect: error concatenate
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local s = "x" .. {}
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
