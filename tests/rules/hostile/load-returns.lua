-- more results than there may be
-- expect: fault
local function f() return 1
--* 300 , f()
 end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
