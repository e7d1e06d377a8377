-- a chain of powers
-- expect: fault
local x = 1
--* 1000  ^ 1

rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
