-- a kept pairs in a table in a table
-- expect: fault state-pairs-in-table.lua:7: what this function reads
local many = { a = { n = 0 }, b = { n = 0 }, c = { n = 0 } }
local kept = { deep = { it = pairs(many) } }
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return kept.deep.it() == "a"
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
