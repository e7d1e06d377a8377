-- more arguments than there may be
-- expect: fault
local x = type(1
--* 300 , @
)
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
