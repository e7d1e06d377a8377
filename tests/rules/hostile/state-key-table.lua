-- a table as a key of a kept table
-- expect: fault a table has a table as a key
local t = { [{}] = 1 }
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return t[need] == nil
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
