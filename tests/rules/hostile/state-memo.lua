-- what was worked out before, remembered
-- expect: error frozen
local memo = {}
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    if memo[need.key] then return false end
    memo[need.key] = true
    return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
