-- a kept pairs handed on as a parameter
-- expect: fault what pairs returns is kept
local many = { a = { n = 0 }, b = { n = 0 }, c = { n = 0 } }
local function keeper(f) return function() return f() end end
local step = keeper(pairs(many))
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return step() == "a"
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
