-- a table between evaluations, by table.insert
-- expect: error a frozen table is changed
local t = {}
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    table.insert(t, need.key)
    return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
