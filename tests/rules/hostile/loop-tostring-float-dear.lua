-- the same by tostring
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local s, x, f = "", 2.2250738585072014e-308, tostring
    while true do s = f(x) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
