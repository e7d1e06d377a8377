-- functions that hold functions, to be frozen
-- expect: fires
local f = function() return 1 end
for i = 1, 10000 do local g = f f = function() return g end end
rule "reads" {
  about = "reads it", source = "guide-2010", owner = "tests",
  recommend = function() return f() and coaching {} or nil end,
}
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
