-- a kept pairs behind another function
-- expect: fault what pairs returns is kept
local many = { a = { n = 0 }, b = { n = 0 }, c = { n = 0 } }
local it = pairs(many)
local function step() return it() end
local function twice() step() return step() end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return twice() == "b"
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
