-- the length of a list with holes
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local t = {}
    for i = 1, 1 << 14 do t[i] = i end
    for i = 2, 1 << 14, 2 do t[i] = nil end
    local n
    while true do n = #t end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
