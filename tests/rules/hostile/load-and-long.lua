-- a chain of and
-- expect: fires
local x = true
--* 5000  and true

rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
