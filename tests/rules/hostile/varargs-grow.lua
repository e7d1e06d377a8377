-- growing arguments: each call is dearer, no instruction tells
-- expect: fault '...' is not offered
local function f(...) return f(1, ...) end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return f(1)
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
