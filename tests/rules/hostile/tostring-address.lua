-- no addresses
-- expect: fires
local function print_nothing() end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return tostring({}) == "table" and tostring(print_nothing) == "function" and tostring(need) == "need"
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
