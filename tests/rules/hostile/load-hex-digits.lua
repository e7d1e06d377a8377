-- a number of thousands of digits
-- expect: fires
local x = tonumber("0") +
0x1--* 30000 f

rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
