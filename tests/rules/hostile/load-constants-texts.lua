-- tens of thousands of different texts
-- expect: fires
local t = {
--* 15000 "t@",
}
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
