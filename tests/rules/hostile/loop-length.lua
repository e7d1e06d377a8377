-- the length of a long list, over and over
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    for i = 1, 10000 do t[i] = i end
    local n
    while true do n = #t end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
