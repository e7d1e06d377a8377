-- big tables sorted
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    for i = 1, 20000 do t["k" .. i] = 1 end
    for i = 1, 100 do for k in pairs(t) do break end end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
