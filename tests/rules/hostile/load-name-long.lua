-- a name of 100 KiB
-- expect: fires
local 
--* 100000 n
 = 1
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
