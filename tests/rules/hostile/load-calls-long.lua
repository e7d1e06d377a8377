-- a chain of calls
-- expect: fault
local x = type
--* 5000 (1)

rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
