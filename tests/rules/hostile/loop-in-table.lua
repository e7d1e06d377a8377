-- a loop inside a table
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = { (function() repeat until false end)() }
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
