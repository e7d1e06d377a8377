-- long texts compared as whole numbers
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local hex, f = "0x" .. ("0"):rep(230) .. "1", math.ult
    while true do local x = f(hex, hex) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
