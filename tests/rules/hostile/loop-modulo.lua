-- remainders of huge floats in a loop
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local x, a, b = 0, 1.7e308, 5e-324
    local c = b * 3
    while true do x = a % c end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
