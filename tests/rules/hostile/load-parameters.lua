-- more parameters than there may be
-- expect: fault too many
local function f(a
--* 300 , a@
) end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
