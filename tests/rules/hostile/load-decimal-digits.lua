-- a number of ten thousand digits
-- expect: fault malformed number
local x = 
--* 10000 9

rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
