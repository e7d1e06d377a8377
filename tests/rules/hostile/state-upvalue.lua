-- a counter between evaluations
-- expect: fault 'n' is changed by a function
local n = 0
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    n = n + 1
    return n > 1
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
