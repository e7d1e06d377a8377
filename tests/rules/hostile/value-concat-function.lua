-- a function in a text
-- expect: error concatenate
local function print_nothing() end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local s = "x" .. print_nothing
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
