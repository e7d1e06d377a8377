-- a line of 200 KiB
-- expect: fires
local x = 0
--* 20000 x = @ 

rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
