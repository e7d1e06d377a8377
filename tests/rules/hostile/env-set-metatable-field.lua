-- a metatable by a field of a table
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = { __index = function() while true do end end, __gc = function() while true do end end }
    return t.x == nil
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
