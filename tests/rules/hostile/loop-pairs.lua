-- sorting the same table again and again
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    for i = 1, 2000 do t["k" .. i] = i end
    while true do for k in pairs(t) do break end end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
