-- a whole number read from a text that is a float
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local text, f = "2.2250738585072014e-308", math.floor
    while true do local x = f(text) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
