-- the float that is dearest to write, over and over
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local s, x = "", 2.2250738585072014e-308
    while true do s = x .. "" end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
