-- roots in a loop
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x, a, f = 0, 1.7e308, math.sqrt
    while true do x = f(a) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
