-- a table within a table
-- expect: error is frozen
local t = { deep = { deeper = {} } }
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local inner = t.deep.deeper
    inner.n = 1
    return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
