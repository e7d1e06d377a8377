-- what is no number as a key
-- expect: error index is NaN
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    t[0/0] = 1
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
