-- the table of the rule itself
-- expect: error a frozen table is changed
local fields = {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function() return false end, recommend = function() return nil end,
}
rule "first" (fields)
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local k = need.key
    fields[k] = 1
    return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
