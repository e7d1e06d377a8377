-- tail calls without end
-- expect: instructions
local function again() return again() end
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return again()
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
