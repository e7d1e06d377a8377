-- long texts as places
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local hex = "0x" .. ("0"):rep(230) .. "1"
    while true do local x = ("abc"):sub(hex, hex) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
