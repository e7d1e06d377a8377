-- a list that holds itself
-- expect: error
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return true
  end,
  recommend = function(need, person, school)
    local t = {} t[1] = t return t
  end,
}
