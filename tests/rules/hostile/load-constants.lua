-- a table of tens of thousands of constants
-- expect: fires
local t = {
--* 20000 @,
}
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
