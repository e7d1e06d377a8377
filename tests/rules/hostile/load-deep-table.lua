-- a kept table nested very deep
-- expect: fires
local t = {}
for i = 1, 20000 do t = { t } end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function() return t[1] ~= nil end,
  recommend = function() return shadowing {} end,
}
