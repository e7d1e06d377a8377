-- a table between evaluations, by a computed key
-- expect: error a frozen table is changed
local t = {}
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local k = need.key
    t[k] = true
    return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
