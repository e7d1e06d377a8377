-- arguments without a number, handed on: calls would become dearer and no instruction would tell
-- expect: fault '...' is not offered
local function f(...) return select("#", 1, ...) end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return f(1)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
