-- texts that Lua finds in the same place
-- expect: fires
local t = {}
for i = 1, 20000 do t[i * 0x1000193] = true end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
