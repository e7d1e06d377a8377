-- powers in a loop
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x, y = 1.0000000001, 123456.789
    local z
    while true do z = x ^ y end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
