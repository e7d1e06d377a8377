-- a table that grows to 2^26 values
-- expect: fault needs too much memory to load
local t = {
--* 20000 @,
}
for i = 1, 1 << 26 do t[i] = i end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
