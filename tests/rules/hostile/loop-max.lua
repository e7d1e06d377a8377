-- the largest of many
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t, n = {}
    for i = 1, 150 do t[i] = i end
    while true do n = math.max(table.unpack(t)) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
