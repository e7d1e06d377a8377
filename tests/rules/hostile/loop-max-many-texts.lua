-- many long texts, the largest wanted
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t, hex = {}, "0x" .. ("f"):rep(230)
    for i = 1, 190 do t[i] = hex end
    while true do local x = math.max(table.unpack(t)) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
