-- the length of a list with holes is the same everywhere
-- expect: fires
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    local t = { name = 1, other = 2 }
    for i = 1, 40 do t[i] = i end
    for i = 3, 40, 3 do t[i] = nil end
    return shadowing { because = "length " .. #t }
  end,
}
