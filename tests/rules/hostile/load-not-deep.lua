-- a chain of not
-- expect: fault
local x =
--* 1000  not
 true
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
