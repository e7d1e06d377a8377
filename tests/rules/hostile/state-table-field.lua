-- a table between evaluations
-- expect: fault 't' is changed by a function
local t = {}
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    t.n = 1
    return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
