-- a chain of fields
-- expect: fault
local x = math
--* 5000 .a@

rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
