-- two functions with one variable
-- expect: fault is changed by a function
local last
local function seen(x) last = x end
local function was() return last end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    seen(need.title)
    return true
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
