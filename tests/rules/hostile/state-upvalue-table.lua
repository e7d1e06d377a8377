-- a table that two functions share
-- expect: error frozen
local seen = {}
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    table.insert(seen, need.title)
    return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
