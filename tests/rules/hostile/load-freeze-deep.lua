-- a very long list of tables to freeze
-- expect: fires
local t
for i = 1, 15000 do t = { t } end
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
