-- values put into the middle of a long list
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    for i = 1, 3000 do t[i] = i end
    for i = 1, 2000 do table.insert(t, 1500, 0) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
