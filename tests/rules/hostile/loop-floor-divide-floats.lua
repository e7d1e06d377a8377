-- floats divided and rounded
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x, a, b = 0, -1.7e308, 3e-308
    while true do x = a // b end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
