-- long texts as ends of a list
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local hex, f, t = "0x" .. ("0"):rep(230) .. "1", table.unpack, { 1 }
    while true do local x = f(t, hex, hex) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
