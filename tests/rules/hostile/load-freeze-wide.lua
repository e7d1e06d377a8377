-- a very wide table to freeze
-- expect: fires
local t = {}
for i = 1, 20000 do t[i] = { i } end
rule "reads" {
  about = "reads it", source = "guide-2010", owner = "tests",
  recommend = function() return t[1] and coaching {} or nil end,
}
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
