-- remainders by the library in a loop
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x, a, b = 0, 1.7e308, 1.5e-323
    local f = math.fmod
    while true do x = f(a, b) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
